import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import { callWithin } from "./deadline.ts";
import { findMisfit, misfitError } from "./misfit.ts";
import { isOutage, outageError, UNHEARD, watchOutages } from "./outage.ts";
import type { SessionPolicy } from "./policy.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";
import { isAbsent, isMissing, isUnreadable, moreOf } from "./store-knowledge.ts";
import { extended, hideMark, keptSince, lifetimeOf, markKept, readStored, toStored } from "./stored.ts";
import { createTouches } from "./touches.ts";
import type { Visit } from "./visit.ts";

/**
 * Stands between a library and the store that keeps its sessions, and speaks the language of both: express-session's.
 * Every call ends in time, what cannot be read counts as no session, and what was destroyed stays dead.
 */
export interface Keeper {
	get(id: string, callback: StoreCallback): void;
	set(id: string, session: object, callback?: StoreCallback): void;
	destroy(id: string, callback?: StoreCallback): void;
	/** Never waited for: an answer loses nothing by it. */
	touch(id: string, session: object, callback?: StoreCallback): void;
	/** Runs a library: what it asks the store for, or destroys there by itself, is this visit's. */
	enter(visit: Visit, run: (done: (error?: unknown) => void) => void, end: (error?: unknown) => void): void;
	/** What the inner store offers beyond: `all`, `clear`, `length`. */
	readonly more: Readonly<Record<string, unknown>>;
	/** Tells whose a library's session object is. */
	adopt(session: object, visit: Visit | undefined, id: string): void;
}

const nobody: StoreCallback = () => {};

type KeeperPolicy = Pick<
	SessionPolicy,
	"idleTimeoutMs" | "absoluteTimeoutMs" | "storeTimeoutMs" | "onOutage"
>;

export function createKeeper(policy: KeeperPolicy, inner: InnerStore, log: () => Logger): Keeper {
	const timeoutMs = inner.isGuarded ? undefined : policy.storeTimeoutMs;
	const outages = timeoutMs === undefined ? UNHEARD : watchOutages(log, timeoutMs);
	const touches = createTouches();
	const visits = new WeakMap<object, Visit>();
	let entering: Visit | undefined;

	/** One call to the store. An error is an outage, whatever the driver says, unless it is about the one session. */
	function ask(
		id: string,
		call: (done: StoreCallback) => unknown,
		end: StoreCallback,
		isOfSession: (error: unknown) => boolean = () => false,
	): void {
		callWithin(timeoutMs, call, (error, result) => {
			if (error === undefined || error === null || isOfSession(error)) {
				outages.end();
				end(error, result);
			} else {
				outages.begin(error, id);
				end(outageError());
			}
		});
	}

	function get(id: string, callback: StoreCallback): void {
		const visit = entering;
		if (visit !== undefined) visit.askedId = id;
		ask(
			id,
			(done) => inner.get(id, done),
			(error, value) => {
				if (isOutage(error)) fail(error, visit, callback);
				else if (isUnreadable(error)) callback(null, discard(id));
				else if (error || value === undefined || value === null) callback(null);
				else callback(null, judge(id, value, visit));
			},
			isAbsent,
		);
	}

	/** The answer to a request that brought a session which the store cannot give. */
	function fail(error: unknown, visit: Visit | undefined, callback: StoreCallback): void {
		if (visit === undefined || policy.onOutage === "unavailable") {
			callback(error);
			return;
		}
		visit.isOut = true;
		callback(null);
	}

	function judge(id: string, value: unknown, visit: Visit | undefined): object | undefined {
		const read = readStored(value, policy, inner.touch !== undefined);
		if (read.state === "corrupt") return discard(id);
		if (read.state !== "live") {
			remove(id);
			return undefined;
		}
		if (visit !== undefined) visit.isLoaded = true;
		extend(id, read.stored, read.lifetimeMs, visit);
		return read.session;
	}

	function discard(id: string): undefined {
		say(log(), "warn", { code: "SESSION_CORRUPT" }, "a stored session could not be read, and was destroyed");
		remove(id);
	}

	function extend(id: string, stored: StoredSession, lifetimeMs: number, visit?: Visit): void {
		if (inner.touch === undefined || !touches.isDue(id, lifetimeMs)) return;
		touches.note(id);
		if (visit !== undefined) visit.isExtended = true;
		ask(id, (done) => inner.touch!(id, extended(stored, lifetimeMs), done), nobody);
	}

	function set(id: string, session: object, callback: StoreCallback = nobody): void {
		const visit = visits.get(session);
		const end: StoreCallback = (error) => {
			if (visit !== undefined && error !== undefined) visit.failure = error;
			callback(error);
		};
		const misfit = findMisfit(session);
		if (visit?.isOut) end(outageError());
		else if (misfit !== undefined) end(misfitError(misfit));
		else write(id, session, visit, end);
	}

	function write(id: string, session: object, visit: Visit | undefined, end: StoreCallback): void {
		const since = keptSince(session);
		const createdAtMs = since ?? Date.now();
		const mustExist = since !== undefined;
		writeOver(id, toStored(session, createdAtMs, policy), mustExist, (error, isKept) => {
			if (error) {
				end(error);
				return;
			}
			if (isKept === false) {
				if (visit !== undefined) visit.isGone = true;
			} else {
				touches.note(id);
				markKept(session, createdAtMs);
				if (visit !== undefined) visit.keptId = id;
			}
			end();
		});
	}

	/** Where the store cannot look and write at once, it is read again: a gap of one call remains. */
	function writeOver(id: string, stored: StoredSession, mustExist: boolean, end: StoreCallback): void {
		const put = (done: StoreCallback): unknown => inner.set(id, stored, done, { mustExist });
		if (!mustExist || inner.heedsMustExist) {
			ask(id, put, (error, isKept) => end(error, inner.heedsMustExist ? isKept : true));
			return;
		}
		ask(
			id,
			(done) => inner.get(id, done),
			(error, value) => {
				if (isOutage(error)) end(error);
				else if (error || value === undefined || value === null) end(undefined, false);
				else ask(id, put, (failure) => end(failure, true));
			},
			isAbsent,
		);
	}

	function remove(id: string, end: StoreCallback = nobody): void {
		touches.forget(id);
		ask(
			id,
			(done) => inner.destroy(id, done),
			(error) => end(isOutage(error) ? error : undefined),
			isMissing,
		);
	}

	function destroy(id: string, callback: StoreCallback = nobody): void {
		// What a library destroys by itself nobody else hears of: an answer must not say that it went well.
		const visit = entering;
		remove(id, (error) => {
			if (visit !== undefined && error !== undefined) visit.failure = error;
			callback(error);
		});
	}

	return {
		get,
		set,
		destroy,
		touch(id, session, callback = nobody) {
			const createdAtMs = keptSince(session);
			if (createdAtMs !== undefined) {
				const stored = toStored(session, createdAtMs, policy);
				extend(id, stored, lifetimeOf(stored.cookie.originalMaxAge, createdAtMs, policy));
			}
			callback();
		},
		enter(visit, run, end) {
			// What comes after a library that is done at once, the whole program, is not the library any more.
			let isInside = true;
			const ends: unknown[] = [];
			entering = visit;
			try {
				run((error) => (isInside ? void ends.push(error) : end(error)));
			} finally {
				entering = undefined;
				isInside = false;
			}
			for (const error of ends) end(error);
		},
		more: moreOf(inner),
		adopt(session, visit, id) {
			hideMark(session);
			if (visit === undefined) return;
			visits.set(session, visit);
			// Some libraries save a new session before they put it on the request.
			if (keptSince(session) !== undefined) visit.keptId = id;
		},
	};
}
