import { type Checks, callback, flag, milliseconds, oneOf, text, wholeNumber } from "../checks.ts";
import type { HeaderPair } from "../exchange/exchange.ts";
import type { RequestRoom } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { createLimiter } from "./limiter.ts";

export interface RateLimitOptions<Request = unknown> {
	/** Requests a window, for one key. */
	limit?: number | undefined;
	/** The length of a window. */
	windowMs?: number | undefined;
	/**
	 * `fixed`: a window opens with a key's first request; across the edge of two windows twice the limit may come within
	 * one window's time. `sliding`: never more than the limit within any window's time; costs memory by the limit, about
	 * 10 bytes a request that was let through.
	 */
	algorithm?: "fixed" | "sliding" | undefined;
	/**
	 * What counts as one client; by default, and where it gives nothing, the address, IPv6 by its /56. A list counts each
	 * for itself, and the first one that is used up refuses: `(request) => [request.body.account, request.ip]`.
	 */
	key?: ((request: Request) => string | readonly string[] | undefined) | undefined;
	/** Requests that are not counted. */
	skip?: ((request: Request) => boolean) | undefined;
	/** What limits are told apart by, in headers and in Redis: of the same name in two apps, they count together. */
	name?: string | undefined;
	/**
	 * What a request gets while Redis is away: `local` counts it in this process, against its share of the limit; `allow`
	 * lets it through uncounted; `deny` answers 503. Without Redis it says nothing.
	 */
	onOutage?: "local" | "allow" | "deny" | undefined;
	/** How many processes share the limit: while Redis is away, each allows its part of it. */
	instances?: number | undefined;
	/** Counts, tells `production-ready:rate-limit` of what it would refuse, and refuses nothing. */
	dryRun?: boolean | undefined;
}

export interface RateLimitValues {
	limit: number;
	windowMs: number;
	algorithm: "fixed" | "sliding";
	key: ((request: never) => string | readonly string[] | undefined) | undefined;
	skip: ((request: never) => boolean) | undefined;
	name: string | undefined;
	onOutage: "local" | "allow" | "deny";
	instances: number;
	dryRun: boolean;
}

const DEFAULTS: RateLimitValues = {
	limit: 300,
	windowMs: 60_000,
	algorithm: "fixed",
	key: undefined,
	skip: undefined,
	name: undefined,
	onOutage: "local",
	instances: 1,
	dryRun: false,
};

const CHECKS: Checks<RateLimitValues> = {
	limit: wholeNumber({ min: 1, example: 300 }),
	windowMs: milliseconds({ min: 1_000, example: 60_000 }),
	algorithm: oneOf(["fixed", "sliding"]),
	key: callback("(request) => request.headers['x-api-key']"),
	skip: callback("(request) => request.url.startsWith('/static/')"),
	name: text(/^[\w.-]{1,64}$/, "a word of letters, digits, dots and dashes", "login"),
	onOutage: oneOf(["local", "allow", "deny"]),
	instances: wholeNumber({ min: 1, example: 4 }),
	dryRun: flag(true),
};

export interface RateLimitPolicy extends Readonly<Omit<RateLimitValues, "key" | "skip">> {
	readonly key: ((request: unknown) => string | readonly string[] | undefined) | undefined;
	readonly skip: ((request: unknown) => boolean) | undefined;
	/** What a process allows by itself while Redis is away. */
	readonly localLimit: number;
	/** IETF draft-ietf-httpapi-ratelimit-headers-08, section 3. */
	readonly policyHeader: string;
	readonly policyPair: HeaderPair;
	/** Why, for the line of a request that is refused. */
	readonly reason: string;
	/** What stands in front of how many are left. */
	readonly leftHeader: string;
}

function policy(values: Readonly<RateLimitValues>): RateLimitPolicy {
	const { limit, windowMs, name: label = "default", instances } = values;
	const windowSeconds = Math.ceil(windowMs / 1_000);
	const policyHeader = `"${label}";q=${limit};w=${windowSeconds}`;
	return deepFreeze({
		...values,
		key: values.key as RateLimitPolicy["key"],
		skip: values.skip as RateLimitPolicy["skip"],
		localLimit: Math.ceil(limit / instances),
		policyHeader,
		policyPair: ["ratelimit-policy", policyHeader],
		reason: `more than ${limit} requests in ${windowSeconds} s, of the limit ${label}`,
		leftHeader: `"${label}";r=`,
	});
}

export const RATE_LIMIT: RequestRoom<RateLimitValues, RateLimitPolicy> = {
	key: "rateLimit",
	purpose: "One client that takes the service from all others",
	DEFAULTS,
	CHECKS,
	policy,
	create: createLimiter,
};
