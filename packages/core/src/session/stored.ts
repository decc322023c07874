import type { StoredCookie, StoredSession } from "./store.ts";
import type { Visit } from "./visit.ts";

/** When a session began; in the stored data only. */
const CREATED = "__createdAt";

/** On a session: what is to be known of it when it is saved. Not for programs to copy. */
const kMark: unique symbol = Symbol("production-ready.session-mark");

export interface Lifetimes {
	readonly idleTimeoutMs: number;
	/** Infinity for sessions that may live as long as they are used. */
	readonly absoluteTimeoutMs: number;
}

interface Mark {
	/** Its own: what is written under another one is a copy. */
	readonly id: string;
	/** Since when it is alive, once it is known to lie in the store. */
	createdAtMs: number | undefined;
	/** Near its absolute end it is told less time than it was given, which is what it keeps. */
	readonly maxAge: MaxAge | undefined;
	/** The request's that it was made for. */
	visit: Visit | undefined;
}

type Loose = Readonly<Record<string, unknown>>;

export interface MaxAge {
	readonly toldMs: unknown;
	readonly givenMs: unknown;
}

/** Since when a session is alive that is known to lie in the store under this id. */
export function keptSince(session: object, id: string): number | undefined {
	const mark = markOf(session);
	return mark?.id === id ? mark.createdAtMs : undefined;
}

export function visitOf(session: object): Visit | undefined {
	return markOf(session)?.visit;
}

function markOf(session: object): Mark | undefined {
	return (session as { [kMark]?: Mark })[kMark];
}

/** Marks a session that a library has made; with `createdAtMs` one that lies in the store. */
export function markSession(
	session: object,
	id: string,
	createdAtMs: number | undefined,
	visit: Visit | undefined,
	maxAge?: MaxAge,
): void {
	if (!Object.isExtensible(session)) return;
	const value: Mark = { id, createdAtMs, maxAge, visit };
	Object.defineProperty(session, kMark, { value, enumerable: false, configurable: true, writable: true });
}

/** It lies in the store now. Says whether it does as itself, and not as a copy under another id. */
export function noteKept(
	session: object,
	id: string,
	createdAtMs: number,
	visit: Visit | undefined,
): boolean {
	const mark = markOf(session);
	if (mark === undefined) markSession(session, id, createdAtMs, visit);
	else if (mark.id === id) mark.createdAtMs = createdAtMs;
	return isItself(session, id);
}

export function isItself(session: object, id: string): boolean {
	const mark = markOf(session);
	return mark === undefined || mark.id === id;
}

/** Tells a session whose request it is for, if it has a mark. Says whether it lies in the store. */
export function tellMark(session: object, visit: Visit): boolean | undefined {
	const mark = markOf(session);
	if (mark === undefined) return undefined;
	mark.visit = visit;
	return mark.createdAtMs !== undefined;
}

/** How long a session has from now, by its own cookie or else by the policy, and never past its absolute end. */
export function lifetimeOf(originalMaxAge: unknown, createdAtMs: number, policy: Lifetimes): number {
	const idleMs = typeof originalMaxAge === "number" ? originalMaxAge : policy.idleTimeoutMs;
	return Math.min(idleMs, createdAtMs + policy.absoluteTimeoutMs - Date.now());
}

/** What a store gets: the session, since when it is, and when it is over. */
export function toStored(session: object, createdAtMs: number, policy: Lifetimes): StoredSession {
	const { cookie: own, ...data } = withoutMethods(session as Loose);
	const cookie = plainCookie(own);
	const end = ownEndOf(cookie, markOf(session)?.maxAge);
	return {
		...data,
		[CREATED]: createdAtMs,
		cookie: endingIn(cookie, lifetimeOf(end, createdAtMs, policy), end),
	};
}

/** A program may put methods of its own in place of a library's; what else is a function was refused before. */
function withoutMethods(session: Loose): Loose {
	const hasOne = Object.values(session).some((value) => typeof value === "function");
	if (!hasOne) return session;
	return Object.fromEntries(Object.entries(session).filter(([, value]) => typeof value !== "function"));
}

/** A date that the program has set counts too, where the library has not made an age of it. */
function ownEndOf({ originalMaxAge, expires }: Partial<StoredCookie>, maxAge?: MaxAge): number | null {
	if (maxAge !== undefined && originalMaxAge === maxAge.toldMs) return maxAge.givenMs as number | null;
	return originalMaxAge ?? (expires ? new Date(expires).getTime() - Date.now() : null);
}

/** How long a library's session has from now. */
export function ownLifetimeOf(session: object, createdAtMs: number, policy: Lifetimes): number {
	const { cookie } = session as { cookie?: Partial<StoredCookie> };
	return lifetimeOf(ownEndOf(cookie ?? {}, markOf(session)?.maxAge), createdAtMs, policy);
}

/** The same session with a later end. */
export function extended(stored: StoredSession, lifetimeMs: number): StoredSession {
	const createdAtMs = createdAt(stored, Date.now());
	return {
		...stored,
		[CREATED]: createdAtMs,
		cookie: endingIn(stored.cookie, lifetimeMs, stored.cookie.originalMaxAge),
	};
}

function endingIn(cookie: StoredCookie, lifetimeMs: number, originalMaxAge: number | null): StoredCookie {
	return { ...cookie, originalMaxAge, expires: new Date(Date.now() + lifetimeMs) };
}

function plainCookie(cookie: unknown): StoredCookie {
	const { toJSON } = (cookie ?? {}) as { toJSON?: () => StoredCookie };
	const plain = typeof toJSON === "function" ? toJSON.call(cookie) : (cookie as StoredCookie | undefined);
	return { ...plain, originalMaxAge: plain?.originalMaxAge ?? null, expires: plain?.expires ?? null };
}

/**
 * What a store gave, judged: nothing of it is believed to be ours. A store with `touch` may extend the time to live alone,
 * as connect-redis does, and leave the end in the data as it was: what such a store still gives is not over.
 */
export function judgeStored(
	value: unknown,
	policy: Lifetimes,
	knowsEnds: boolean,
): StoredSession | "corrupt" | "over" {
	if (!isSession(value)) return "corrupt";
	const now = Date.now();
	const endsAtMs = endOf(value.cookie);
	if (Number.isNaN(endsAtMs)) return "corrupt";
	const isOver = (endsAtMs <= now && !knowsEnds) || createdAt(value, now) + policy.absoluteTimeoutMs <= now;
	return isOver ? "over" : value;
}

/** How long it has from now, if it is extended. */
export function lifetimeOfStored(stored: StoredSession, policy: Lifetimes): number {
	return lifetimeOf(stored.cookie.originalMaxAge, createdAt(stored, Date.now()), policy);
}

/** What a session that was alive when its request came has at least, however late the request touches it. */
const LEAST_LIFETIME_MS = 1_000;

/** A session for a library, which copies it into its own. */
export function sessionOf(stored: StoredSession, policy: Lifetimes): Loose & { cookie: StoredCookie } {
	const { [CREATED]: _, cookie, ...data } = stored;
	const now = Date.now();
	const createdAtMs = createdAt(stored, now);
	const { originalMaxAge } = cookie;
	// Without an age of its own the cookie ends with the browser's window: the end is the store's affair.
	const ends =
		typeof originalMaxAge === "number"
			? endsOfOwn(stored, Math.max(lifetimeOf(originalMaxAge, createdAtMs, policy), LEAST_LIFETIME_MS), now)
			: { originalMaxAge: null, expires: null };
	return { ...data, cookie: { ...cookie, ...ends } };
}

function endsOfOwn({ cookie }: StoredSession, lifetimeMs: number, now: number): Partial<StoredCookie> {
	const storedMs = endOf(cookie);
	const isStale = storedMs <= now || storedMs === Number.POSITIVE_INFINITY;
	const expires = new Date(isStale ? now + lifetimeMs : storedMs).toISOString();
	return { originalMaxAge: lifetimeMs, expires };
}

function endOf({ expires }: StoredCookie): number {
	return expires ? new Date(expires).getTime() : Number.POSITIVE_INFINITY;
}

/** Another library has not noted when it began: then it begins now. */
export function createdAt({ [CREATED]: created }: StoredSession, now: number): number {
	return typeof created === "number" ? created : now;
}

function isSession(value: unknown): value is StoredSession {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const { cookie } = value as { cookie?: unknown };
	return typeof cookie === "object" && cookie !== null && !Array.isArray(cookie);
}
