import type { StoredSession } from "./store.ts";
import { createdAt, type Lifetimes, markKept, sessionOf, tellMark, visitOf } from "./stored.ts";
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

export function createOwners(policy: Lifetimes): Owners {
	/** Of sessions that are not in the store yet; the others bear it with their mark. */
	const visits = new WeakMap<object, Visit>();
	let handed: { readonly id: string | undefined; readonly createdAtMs: number } | undefined;
	return {
		of: (session) => visitOf(session) ?? visits.get(session),
		hand(id, stored) {
			handed = stored && { id, createdAtMs: createdAt(stored, Date.now()) };
			return stored && sessionOf(stored, policy);
		},
		forget(id) {
			if (handed?.id === id) handed = undefined;
		},
		adopt(session, visit, id) {
			if (handed !== undefined && handed.id === id) {
				markKept(session, handed.createdAtMs, visit);
				// The next one with this id is another one.
				handed = undefined;
			}
			if (visit === undefined) return;
			// Some libraries save a new session before they put it on the request.
			if (tellMark(session, visit)) visit.keptId = id;
			else visits.set(session, visit);
		},
	};
}
