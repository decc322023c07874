import type { StoredSession } from "./store.ts";

/** What happened to the session of one request, as the store saw it. */
export interface Visit {
	/** The id that the cookie brought, once the store was asked for it. */
	askedId: string | undefined;
	/** That id with the signature of now, where the cookie brought it so. */
	readonly askedSigned: string | undefined;
	/** The cookie was signed with the secret that signs now, as far as anybody has looked. */
	readonly isSignedAnew: boolean;
	/** What the store has begun to read before it was this visit's turn. */
	begun: unknown;
	/** The store has said what it has to say: a library that asks within this visit hears it at once. */
	isRead: boolean;
	/** What it has given, until a library makes a session of it. */
	stored: StoredSession | undefined;
	/** The store has given the session. */
	isLoaded: boolean;
	/** The session was extended, and with it a cookie that has an end. */
	isExtended: boolean;
	/** The store failed, and the policy lets the request go on without: nothing that it writes can be kept. */
	isOut: boolean;
	/** The session that somebody else has destroyed meanwhile. */
	goneId: string | undefined;
	/** The session that was kept last. */
	keptId: string | undefined;
	/** Why a session could not be kept, and its id. */
	failure: unknown;
	failedId: string | undefined;
}

export function openVisit(askedId?: string, askedSigned?: string): Visit {
	return {
		askedId,
		askedSigned,
		isSignedAnew: askedId === undefined || askedSigned !== undefined,
		begun: undefined,
		isRead: false,
		stored: undefined,
		isLoaded: false,
		isExtended: false,
		isOut: false,
		goneId: undefined,
		keptId: undefined,
		failure: undefined,
		failedId: undefined,
	};
}

/** Of who brings no session: there is nothing to read. */
export function openFirstVisit(): Visit {
	const visit = openVisit();
	visit.isRead = true;
	return visit;
}

/** A save has ended; one that the program has tried again and that went well is no failure any more. */
export function noteEnd(visit: Visit, id: string, error: unknown): void {
	if (error !== undefined) {
		visit.failure = error;
		visit.failedId = id;
	} else if (visit.failedId === id) {
		visit.failure = undefined;
		visit.failedId = undefined;
	}
}

const NOT_MODIFIED = 304;

/**
 * Whether the answer brings the cookie although nothing in the session has changed: it was signed with a secret that is
 * on its way out, its time was extended, or it has a new id that no cookie has told yet.
 */
export function mustRenew(visit: Visit, id: string, cookie: CookieState): boolean {
	if (id === visit.goneId || cookie.isSent) return false;
	if (id !== visit.askedId) return id === visit.keptId;
	// Caches keep the headers of a 304.
	if (!visit.isLoaded || cookie.status === NOT_MODIFIED) return false;
	return !cookie.isSignedAnew || (visit.isExtended && cookie.hasEnd);
}

export interface CookieState {
	/** The client's cookie was signed with the secret that signs now. */
	readonly isSignedAnew: boolean;
	/** The library has put one into this answer. */
	readonly isSent: boolean;
	/** It outlives the browser's window. */
	readonly hasEnd: boolean;
	readonly status: number;
}
