import type { Ask } from "./asking.ts";
import { isOutage } from "./outage.ts";
import type { InnerStore } from "./store.ts";
import { isAbsent } from "./store-knowledge.ts";
import type { Touches } from "./touches.ts";
import type { Visit } from "./visit.ts";

/** The cookie of a session that an answer brings anew, although nothing in the session has changed. */
export interface Renewal {
	/** That it was signed with a secret that is on its way out, its time was extended, or it has an id that no cookie has told yet. */
	mustRenew(visit: Visit, id: string, cookie: CookieState): boolean;
	/**
	 * Looks once more whether the session that was asked for is alive: somebody may have ended it meanwhile, and given the
	 * client another one, whose cookie this one would take the place of.
	 */
	confirm(visit: Visit, id: string, end: () => void): void;
}

export interface CookieState {
	/** The library has put one into this answer. */
	readonly isSent: boolean;
	/** It outlives the browser's window. */
	readonly hasEnd: boolean;
	readonly status: number;
}

const NOT_MODIFIED = 304;

export function createRenewal(inner: InnerStore, ask: Ask, { forget }: Pick<Touches, "forget">): Renewal {
	return {
		mustRenew(visit, id, { isSent, hasEnd, status }) {
			if (id === visit.goneId || isSent) return false;
			if (id !== visit.askedId) return id === visit.keptId;
			if (!visit.isLoaded) return false;
			const isDue = !visit.isSignedAnew || (visit.isExtended && hasEnd);
			// Caches keep the headers of a 304: the next answer has to bring it.
			if (isDue && status === NOT_MODIFIED) forget(id);
			return isDue && status !== NOT_MODIFIED;
		},
		confirm(visit, id, end) {
			if (id !== visit.askedId) {
				end();
				return;
			}
			const hear = (isThere: boolean): void => {
				if (!isThere) visit.goneId = id;
				end();
			};
			if (inner.peek !== undefined) {
				hear(inner.peek(id) !== undefined);
				return;
			}
			ask(
				id,
				(done) => inner.get(id, done),
				(error, value) => hear(isOutage(error) || (!error && value !== undefined && value !== null)),
				isAbsent,
			);
		},
	};
}
