import { adoptMark, visitOf } from "./stored.ts";
import type { Visit } from "./visit.ts";

/** Whose request each session object of a library's is for. */
export interface Owners {
	of(session: object): Visit | undefined;
	adopt(session: object, visit: Visit | undefined, id: string): void;
}

export function createOwners(): Owners {
	/** Of sessions that are not in the store yet; the others bear it with their mark. */
	const visits = new WeakMap<object, Visit>();
	return {
		of: (session) => visitOf(session) ?? visits.get(session),
		adopt(session, visit, id) {
			const isKept = adoptMark(session, visit);
			if (visit === undefined) return;
			// Some libraries save a new session before they put it on the request.
			if (isKept) visit.keptId = id;
			else visits.set(session, visit);
		},
	};
}
