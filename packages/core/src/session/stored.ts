import type { StoredCookie, StoredSession } from "./store.ts";
import type { Visit } from "./visit.ts";

/** When a session began; in the stored data only. */
const CREATED = "__createdAt";

/** On a session that was loaded or saved: what the store needs to know of it when it is saved again. Not for programs to copy. */
const kKept: unique symbol = Symbol("production-ready.kept");

export interface Lifetimes {
	readonly idleTimeoutMs: number;
	/** Infinity for sessions that may live as long as they are used. */
	readonly absoluteTimeoutMs: number;
}

interface Kept {
	readonly createdAtMs: number;
	/** The request's that it was made for. */
	visit: Visit | undefined;
}

type Loose = Readonly<Record<string, unknown>>;

/** Whether the session is known to lie in the store, and since when it is alive. */
export function keptSince(session: object): number | undefined {
	return markOf(session)?.createdAtMs;
}

export function visitOf(session: object): Visit | undefined {
	return markOf(session)?.visit;
}

function markOf(session: object): Kept | undefined {
	return (session as { [kKept]?: Kept })[kKept];
}

/** Marks a session that lies in the store now. */
export function markKept(session: object, createdAtMs: number, visit: Visit | undefined): void {
	const value: Kept = { createdAtMs, visit };
	Object.defineProperty(session, kKept, { value, enumerable: false, configurable: true, writable: true });
}

/** Tells the mark of a session whose request it is for. Says whether it has one. */
export function tellMark(session: object, visit: Visit): boolean {
	const mark = markOf(session);
	if (mark !== undefined) mark.visit = visit;
	return mark !== undefined;
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
	const end = ownEndOf(cookie);
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
function ownEndOf({ originalMaxAge, expires }: Partial<StoredCookie>): number | null {
	return originalMaxAge ?? (expires ? new Date(expires).getTime() - Date.now() : null);
}

/** How long a library's session has from now. */
export function ownLifetimeOf(session: object, createdAtMs: number, policy: Lifetimes): number {
	const { cookie } = session as { cookie?: Partial<StoredCookie> };
	return lifetimeOf(ownEndOf(cookie ?? {}), createdAtMs, policy);
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
export function sessionOf(stored: StoredSession, policy: Lifetimes): Loose {
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
