import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import { createAsk } from "./asking.ts";
import { isOutage } from "./outage.ts";
import { createOwners } from "./owners.ts";
import type { SessionPolicy } from "./policy.ts";
import { createRenewal, type Renewal } from "./renewal.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";
import { isAbsent, isUnreadable, moreOf } from "./store-knowledge.ts";
import { judgeStored, keptSince, lifetimeOfStored, ownLifetimeOf, toStored } from "./stored.ts";
import type { Visit } from "./visit.ts";
import { createWriting } from "./writing.ts";

/**
 * Stands between a library and the store that keeps its sessions, and speaks the language of both: express-session's.
 * Every call ends in time, what cannot be read counts as no session, and what was destroyed stays dead.
 */
export interface Keeper extends Renewal {
	/**
	 * Reads and judges the session of a visit before a library asks for it. What ends with an outage is to be answered
	 * with it; anything else is the library's to make a session of, whenever somebody touches it.
	 */
	read(visit: Visit, end: (error?: unknown) => void): void;
	get(id: string, callback: StoreCallback): void;
	set(id: string, session: object, callback?: StoreCallback): void;
	destroy(id: string, callback?: StoreCallback): void;
	/** Never waited for: an answer loses nothing by it. */
	touch(id: string, session: object, callback?: StoreCallback): void;
	/** Runs a library: what it asks the store for, or destroys there by itself, is this visit's. */
	enter(visit: Visit, run: (done: (error?: unknown) => void) => void, end: (error?: unknown) => void): void;
	/** What the inner store offers beyond: `all`, `clear`, `length`. */
	readonly more: Readonly<Record<string, unknown>>;
	/** What a visit has read, for a library to make a session of it at once; nothing where there is nothing. */
	take(visit: Visit): object | undefined;
	/** Tells whose a library's session object is. */
	adopt(session: object, visit: Visit | undefined, id: string): void;
}

const nobody: StoreCallback = () => {};

type KeeperPolicy = Pick<
	SessionPolicy,
	"idleTimeoutMs" | "absoluteTimeoutMs" | "storeTimeoutMs" | "onOutage"
>;

export function createKeeper(policy: KeeperPolicy, inner: InnerStore, log: () => Logger): Keeper {
	const ask = createAsk(inner, policy.storeTimeoutMs, log);
	const owners = createOwners(policy);
	const { extend, set, remove, forget } = createWriting(policy, inner, ask, owners);
	let entering: Visit | undefined;

	/** What the store has of an id: live, or nothing, or an error that is an outage. */
	function find(
		id: string,
		visit: Visit | undefined,
		end: (error: unknown, stored?: StoredSession) => void,
	): void {
		if (inner.peek !== undefined) {
			end(null, judge(id, inner.peek(id), visit));
			return;
		}
		const begun = visit?.askedId === id ? visit.begun : undefined;
		ask(
			id,
			(done) => (begun === undefined ? inner.get(id, done) : inner.get(id, done, begun)),
			(error, value) => {
				if (isOutage(error)) fail(error, visit, end);
				else if (isUnreadable(error)) end(null, discard(id));
				else end(null, error ? undefined : judge(id, value, visit));
			},
			isAbsent,
		);
	}

	function get(id: string, callback: StoreCallback): void {
		const visit = entering;
		if (visit?.isRead) {
			// Late, but at once: it was read as the request came in.
			callback(null, owners.hand(id, id === visit.askedId ? visit.stored : undefined));
			return;
		}
		if (visit !== undefined) visit.askedId = id;
		find(id, visit, (error, stored) => callback(error, owners.hand(id, stored)));
	}

	function read(visit: Visit, end: (error?: unknown) => void): void {
		find(visit.askedId!, visit, (error, stored) => {
			visit.isRead = true;
			visit.stored = stored;
			end(error ?? undefined);
		});
	}

	/** The answer to a request that brought a session which the store cannot give. */
	function fail(error: unknown, visit: Visit | undefined, end: (error: unknown) => void): void {
		if (visit === undefined || policy.onOutage === "unavailable") {
			end(error);
			return;
		}
		visit.isOut = true;
		end(null);
	}

	function judge(id: string, value: unknown, visit: Visit | undefined): StoredSession | undefined {
		if (value === undefined || value === null) return undefined;
		const judged = judgeStored(value, policy, inner.touch !== undefined);
		if (judged === "corrupt") return discard(id);
		if (judged === "over") return remove(id);
		if (visit !== undefined) visit.isLoaded = true;
		extend(id, () => judged, lifetimeOfStored(judged, policy), visit);
		return judged;
	}

	function discard(id: string): undefined {
		say(log(), "warn", { code: "SESSION_CORRUPT" }, "a stored session could not be read, and was destroyed");
		remove(id);
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
		read,
		get,
		set,
		destroy,
		touch(id, session, callback = nobody) {
			const createdAtMs = keptSince(session, id);
			if (createdAtMs !== undefined) {
				const lifetimeMs = ownLifetimeOf(session, createdAtMs, policy);
				extend(id, () => toStored(session, createdAtMs, policy), lifetimeMs);
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
		...createRenewal(inner, ask, { forget }),
		more: moreOf(inner),
		take: ({ askedId, stored }) => owners.hand(askedId, stored),
		adopt: owners.adopt,
	};
}
