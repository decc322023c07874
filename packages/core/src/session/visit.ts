import { AsyncResource } from "node:async_hooks";
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
	/** Saves that are under way, whoever has begun them, and what waits for them. */
	saving: number;
	afterSaves: (() => void)[] | undefined;
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
		saving: 0,
		afterSaves: undefined,
	};
}

/** Of who brings no session: there is nothing to read. */
export function openFirstVisit(): Visit {
	const visit = openVisit();
	visit.isRead = true;
	return visit;
}

/** Goes on at once, or behind the saves that are under way. */
export function whenSaved(visit: Visit, go: () => void): void {
	if (visit.saving === 0) {
		go();
		return;
	}
	visit.afterSaves ??= [];
	visit.afterSaves.push(AsyncResource.bind(go));
}

/** A save that has begun has ended and whoever has begun it has heard of that. */
export function endSave(visit: Visit): void {
	visit.saving--;
	if (visit.saving > 0 || visit.afterSaves === undefined) return;
	const waiting = visit.afterSaves;
	visit.afterSaves = undefined;
	for (const go of waiting) go();
}

/** How a save has ended; one that the program has tried again and that went well is no failure any more. */
export function noteEnd(visit: Visit, id: string, error: unknown): void {
	if (error !== undefined) {
		visit.failure = error;
		visit.failedId = id;
	} else if (visit.failedId === id) {
		visit.failure = undefined;
		visit.failedId = undefined;
	}
}
