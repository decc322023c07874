import type { LibraryPolicy } from "./policy.ts";

/** A session object of express-session's, as far as it is looked at here. */
export interface Comparable {
	readonly id: string;
	readonly cookie: { readonly expires?: unknown };
}

/**
 * What a session was when it was made for a request. What has changed since decides whether it is saved and whether the cookie is
 * sent, by the rules of express-session.
 */
export interface Baseline {
	/** The id that the cookie brought, whether or not there was a session. */
	readonly broughtId: string | undefined;
	readonly id: string;
	readonly text: string;
	/** What is known to lie in the store; nothing where it has to be written in any case. */
	saved: Saved | undefined;
}

interface Saved {
	readonly id: string;
	readonly text: string;
}

export function openBaseline(
	session: Comparable,
	broughtId: string | undefined,
	isStored: boolean,
	{ resave }: LibraryPolicy,
): Baseline {
	const { id } = session;
	const text = textOf(session);
	return { broughtId, id, text, saved: isStored && !resave ? { id, text } : undefined };
}

/** A session that the program has saved by itself need not be saved once more. What has no text is refused by the save. */
export function noteSave(baseline: Baseline, session: Comparable): void {
	const text = sessionText(session);
	baseline.saved = text === undefined ? undefined : { id: session.id, text };
}

/** Whether it has changed since it was saved, or since it was made: behind the head of an answer there is no other way to tell. */
export function hasChanged({ saved, text }: Baseline, session: Comparable): boolean {
	return (saved?.text ?? text) !== sessionText(session);
}

/** `currentId` is what stands on the request, where a program may have put anything. */
export function mustSave(
	{ broughtId, id, text, saved }: Baseline,
	session: Comparable,
	currentId: unknown,
	{ saveUninitialized }: LibraryPolicy,
): boolean {
	if (typeof currentId !== "string") return false;
	const current = textOf(session);
	const isNobodys = !saveUninitialized && saved === undefined && broughtId !== currentId;
	return isNobodys
		? id !== session.id || text !== current
		: saved?.id !== session.id || saved.text !== current;
}

export function mustSendCookie(
	{ broughtId, id, text }: Baseline,
	session: Comparable,
	currentId: unknown,
	{ saveUninitialized, rolling }: LibraryPolicy,
): boolean {
	if (typeof currentId !== "string") return false;
	const isAnew = broughtId !== currentId;
	if (isAnew ? saveUninitialized : rolling) return true;
	// A cookie that ends with the browser's window says the same as before.
	const isAsBefore = !isAnew && (session.cookie.expires ?? null) === null;
	return !isAsBefore && (id !== session.id || text !== textOf(session));
}

/** Without the cookie, which changes by itself. */
function textOf(session: object): string {
	return JSON.stringify({ ...session, cookie: undefined });
}

/** Nothing of what JSON cannot hold. */
function sessionText(session: object): string | undefined {
	try {
		return textOf(session);
	} catch {
		return undefined;
	}
}
