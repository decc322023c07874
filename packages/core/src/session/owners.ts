import type { StoredSession } from "./store.ts";
import {
	createdAt,
	type Lifetimes,
	type MaxAge,
	markSession,
	sessionOf,
	tellMark,
	visitOf,
} from "./stored.ts";
import type { Visit } from "./visit.ts";

/** Whose request each session object of a library's is for. */
export interface Owners {
	of(session: object): Visit | undefined;
	/** Hands out what was stored under an id, for a library to make a session of it at once; nothing where there is nothing. */
	hand(id: string | undefined, stored: StoredSession | undefined): object | undefined;
	/** What was stored under an id is gone: who makes a session with this id makes a new one. */
	forget(id: string): void;
	/** A library has made this one. */
	adopt(session: object, visit: Visit | undefined, id: string): void;
}

interface Handed {
	readonly id: string | undefined;
	readonly createdAtMs: number;
	readonly maxAge: MaxAge | undefined;
}

export function createOwners(policy: Lifetimes): Owners {
	let handed: Handed | undefined;
	/** Nothing was found for it. */
	let missedId: string | undefined;

	/** A library that reloads what somebody else has ended makes a session of nothing: that one stays dead. */
	function isGone(id: string, visit: Visit | undefined): visit is Visit {
		return missedId === id && visit !== undefined && isVisits(visit, id);
	}

	return {
		of: visitOf,
		hand(id, stored) {
			missedId = stored ? undefined : id;
			handed = undefined;
			if (stored === undefined) return undefined;
			const session = sessionOf(stored, policy);
			const toldMs = session.cookie.originalMaxAge;
			const givenMs = stored.cookie.originalMaxAge;
			const maxAge = toldMs === givenMs ? undefined : { toldMs, givenMs };
			handed = { id, createdAtMs: createdAt(stored, Date.now()), maxAge };
			return session;
		},
		forget(id) {
			if (handed?.id === id) handed = undefined;
			if (missedId === id) missedId = undefined;
		},
		adopt(session, visit, id) {
			if (handed !== undefined && handed.id === id) {
				markSession(session, id, handed.createdAtMs, visit, handed.maxAge);
				// The next one with this id is another one.
				handed = undefined;
			} else if (isGone(id, visit)) {
				markSession(session, id, Date.now(), visit);
				missedId = undefined;
				visit.goneId = id;
				return;
			}
			if (visit === undefined) return;
			const isKept = tellMark(session, visit);
			if (isKept === undefined) markSession(session, id, undefined, visit);
			// Some libraries save a new session before they put it on the request.
			else if (isKept) visit.keptId = id;
		},
	};
}

/** It has seen a session with this id in the store. */
function isVisits({ askedId, isLoaded, keptId }: Visit, id: string): boolean {
	return (isLoaded && askedId === id) || keptId === id;
}
