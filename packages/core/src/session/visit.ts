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
	/** Saves that are under way, whoever has begun them, and what waits for some of them. */
	saves: Set<object> | undefined;
	afterSaves: { readonly saves: Set<object>; readonly go: () => void }[] | undefined;
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
		saves: undefined,
		afterSaves: undefined,
	};
}

/** Of who brings no session: there is nothing to read. */
export function openFirstVisit(): Visit {
	const visit = openVisit();
	visit.isRead = true;
	return visit;
}

/** A save has begun: gives what ends it, once whoever has begun it has heard how it went. */
export function beginSave(visit: Visit): () => void {
	const save = {};
	visit.saves ??= new Set();
	visit.saves.add(save);
	return () => {
		visit.saves!.delete(save);
		const waiting = visit.afterSaves;
		if (waiting === undefined) return;
		for (const { saves, go } of waiting) if (saves.delete(save) && saves.size === 0) go();
	};
}

export function isSaving({ saves }: Visit): boolean {
	return saves !== undefined && saves.size > 0;
}

/** Goes on at once, or behind the saves that are under way now. */
export function whenSaved(visit: Visit, go: () => void): void {
	if (!isSaving(visit)) {
		go();
		return;
	}
	visit.afterSaves ??= [];
	visit.afterSaves.push({ saves: new Set(visit.saves), go: AsyncResource.bind(go) });
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
