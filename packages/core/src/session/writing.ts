import { type Ask, writeOver } from "./asking.ts";
import { findMisfit, misfitError } from "./misfit.ts";
import { isOutage, outageError } from "./outage.ts";
import type { Owners } from "./owners.ts";
import type { SessionPolicy } from "./policy.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";
import { isMissing } from "./store-knowledge.ts";
import { extended, isItself, keptSince, type Lifetimes, noteKept, toStored } from "./stored.ts";
import { createTouches, type Touches } from "./touches.ts";
import { AT_ONCE, createTurns, type Go } from "./turns.ts";
import { beginSave, noteEnd, type Visit } from "./visit.ts";

const nobody: StoreCallback = () => {};

/** What is sent to a store that changes something there. */
export interface Writing extends Pick<Touches, "forget"> {
	/** Tells that a session is used, where that is due. Nobody waits for it but what is written about the same session. */
	extend(id: string, stored: () => StoredSession, lifetimeMs: number, visit?: Visit): void;
	set(id: string, session: object, callback?: StoreCallback): void;
	/** An id that is gone is none to be extended, and none for a library to go on with. */
	remove(id: string, end?: StoreCallback): undefined;
}

type WritingPolicy = Lifetimes & Pick<SessionPolicy, "storeTimeoutMs">;

export function createWriting(policy: WritingPolicy, inner: InnerStore, ask: Ask, owners: Owners): Writing {
	const touches = createTouches();
	const turns = inner.isGuarded ? AT_ONCE : createTurns(policy.storeTimeoutMs);

	function extend(id: string, stored: () => StoredSession, lifetimeMs: number, visit?: Visit): void {
		if (inner.touch === undefined || !touches.isDue(id, lifetimeMs)) return;
		// What is under way extends it too, or ends it.
		if (turns.isTaken(id)) return;
		touches.note(id);
		if (visit !== undefined) visit.isExtended = true;
		const touch = (done: StoreCallback): unknown => inner.touch!(id, extended(stored(), lifetimeMs), done);
		turns.take(id, (over, leftMs) => ask(id, touch, over, undefined, leftMs), nobody);
	}

	function set(id: string, session: object, callback: StoreCallback = nobody): void {
		const visit = owners.of(session);
		const over = visit === undefined ? nobody : beginSave(visit);
		const end: StoreCallback = (error) => {
			if (visit !== undefined) noteEnd(visit, id, error);
			try {
				callback(error);
			} finally {
				// Whatever is thrown there, who waits for the save hears of its end.
				over();
			}
		};
		try {
			const misfit = findMisfit(session);
			if (visit?.isOut) end(outageError());
			else if (misfit !== undefined) end(misfitError(misfit));
			else write(id, session, visit, end);
		} catch (error) {
			over();
			throw error;
		}
	}

	function write(id: string, session: object, visit: Visit | undefined, end: StoreCallback): void {
		const createdAtMs = keptSince(session, id) ?? Date.now();
		const now = toStored(session, createdAtMs, policy);
		// What the program changes meanwhile belongs to its next save.
		const stored = turns.isTaken(id) ? (JSON.parse(JSON.stringify(now)) as StoredSession) : now;
		const kept = (isKept: unknown): void => {
			if (isKept === false) {
				if (visit !== undefined && isItself(session, id)) visit.goneId = id;
			} else {
				touches.note(id);
				const isOwn = noteKept(session, id, createdAtMs, visit);
				if (visit !== undefined && isOwn) visit.keptId = id;
			}
		};
		const go: Go = (over, leftMs) => {
			const mustExist = keptSince(session, id) !== undefined;
			writeOver(ask, inner, id, stored, mustExist, over, leftMs);
		};
		turns.take(id, go, (error, isKept) => {
			if (!error) kept(isKept);
			end(error || undefined);
		});
	}

	function remove(id: string, end: StoreCallback = nobody): undefined {
		touches.forget(id);
		owners.forget(id);
		const destroy = (done: StoreCallback): unknown => inner.destroy(id, done);
		const go: Go = (over, leftMs) => ask(id, destroy, over, isMissing, leftMs);
		turns.take(id, go, (error) => end(isOutage(error) ? error : undefined));
	}

	return { extend, set, remove, forget: touches.forget };
}
