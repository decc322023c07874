import type { StoredCookie, StoredSession } from "./store.ts";

/** When a session began; in the stored data only. */
const CREATED = "__createdAt";

/** In a session that was loaded or saved: what the store needs to know of it when it is saved again. */
const KEPT = "__kept";

export interface Lifetimes {
	readonly idleTimeoutMs: number;
	/** Infinity for sessions that may live as long as they are used. */
	readonly absoluteTimeoutMs: number;
}

interface Kept {
	readonly createdAtMs: number;
	/** Nothing of it gets into JSON, and so neither into a library's mark of what has changed. */
	toJSON(): undefined;
}

type Loose = Readonly<Record<string, unknown>>;

/** Whether the session is known to lie in the store, and since when it is alive. */
export function keptSince(session: object): number | undefined {
	return (session as { [KEPT]?: Kept })[KEPT]?.createdAtMs;
}

/** Marks a session that lies in the store now. */
export function markKept(session: object, createdAtMs: number): void {
	Object.defineProperty(session, KEPT, {
		value: { createdAtMs, toJSON: () => undefined } satisfies Kept,
		enumerable: false,
		configurable: true,
		writable: true,
	});
}

/** Libraries copy what can be enumerated into their own object, so there it is hidden afterwards. */
export function hideMark(session: object): void {
	if (Object.hasOwn(session, KEPT)) Object.defineProperty(session, KEPT, { enumerable: false });
}

/** How long a session has from now, by its own cookie or else by the policy, and never past its absolute end. */
export function lifetimeOf(originalMaxAge: unknown, createdAtMs: number, policy: Lifetimes): number {
	const idleMs = typeof originalMaxAge === "number" ? originalMaxAge : policy.idleTimeoutMs;
	return Math.min(idleMs, createdAtMs + policy.absoluteTimeoutMs - Date.now());
}

/** What a store gets: the session, since when it is, and when it is over. */
export function toStored(session: object, createdAtMs: number, policy: Lifetimes): StoredSession {
	const { cookie: own, ...data } = session as Loose;
	const cookie = plainCookie(own);
	// A date that the program has set, where the library has not made an age of it.
	const end =
		cookie.originalMaxAge ?? (cookie.expires ? new Date(cookie.expires).getTime() - Date.now() : null);
	return {
		...data,
		[CREATED]: createdAtMs,
		cookie: endingIn(cookie, lifetimeOf(end, createdAtMs, policy), end),
	};
}

/** The same session with a later end. */
export function extended(stored: StoredSession, lifetimeMs: number): StoredSession {
	return { ...stored, cookie: endingIn(stored.cookie, lifetimeMs, stored.cookie.originalMaxAge) };
}

function endingIn(cookie: StoredCookie, lifetimeMs: number, originalMaxAge: number | null): StoredCookie {
	return { ...cookie, originalMaxAge, expires: new Date(Date.now() + lifetimeMs) };
}

function plainCookie(cookie: unknown): StoredCookie {
	const { toJSON } = (cookie ?? {}) as { toJSON?: () => StoredCookie };
	const plain = typeof toJSON === "function" ? toJSON.call(cookie) : (cookie as StoredCookie | undefined);
	return { ...plain, originalMaxAge: plain?.originalMaxAge ?? null, expires: plain?.expires ?? null };
}

export type Read =
	| { readonly state: "corrupt" }
	| { readonly state: "over" }
	| {
			readonly state: "live";
			/** For the library, which copies it into its own session. */
			readonly session: Loose;
			readonly stored: StoredSession;
			readonly lifetimeMs: number;
	  };

/**
 * What a store gave, judged: nothing of it is believed to be ours. A store with `touch` may extend the time to live alone,
 * as connect-redis does, and leave the end in the data as it was: what such a store still gives is not over.
 */
export function readStored(value: unknown, policy: Lifetimes, knowsEnds: boolean): Read {
	if (!isSession(value)) return { state: "corrupt" };
	const { [CREATED]: created, cookie, ...data } = value;
	const now = Date.now();
	const createdAtMs = typeof created === "number" ? created : now;
	const endsAtMs = cookie.expires ? new Date(cookie.expires).getTime() : Number.POSITIVE_INFINITY;
	if (Number.isNaN(endsAtMs)) return { state: "corrupt" };
	if ((endsAtMs <= now && !knowsEnds) || createdAtMs + policy.absoluteTimeoutMs <= now)
		return { state: "over" };
	const { originalMaxAge } = cookie;
	const lifetimeMs = lifetimeOf(originalMaxAge, createdAtMs, policy);
	// Without an age of its own the cookie ends with the browser's window: the end is the store's affair.
	const own =
		typeof originalMaxAge === "number"
			? { ...cookie, originalMaxAge: lifetimeMs, expires: endOf(endsAtMs, now + lifetimeMs) }
			: { ...cookie, originalMaxAge: null, expires: null };
	const kept: Kept = { createdAtMs, toJSON: () => undefined };
	return {
		state: "live",
		session: { ...data, cookie: own, [KEPT]: kept },
		stored: { ...data, cookie, [CREATED]: createdAtMs },
		lifetimeMs,
	};
}

function endOf(storedMs: number, latestMs: number): string {
	const isStale = storedMs <= Date.now() || storedMs === Number.POSITIVE_INFINITY;
	return new Date(isStale ? latestMs : storedMs).toISOString();
}

function isSession(value: unknown): value is StoredSession {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const { cookie } = value as { cookie?: unknown };
	return typeof cookie === "object" && cookie !== null && !Array.isArray(cookie);
}
