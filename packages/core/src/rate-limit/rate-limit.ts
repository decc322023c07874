import { type Checks, callback, milliseconds, wholeNumber } from "../checks.ts";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { Notice, Place, RequestRoom, Surroundings } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { problem } from "../problem.ts";
import { clientKey } from "./client-key.ts";
import { createMemoryStore, type Hits } from "./memory-store.ts";

export interface RateLimitOptions<Request = unknown> {
	/** Requests a window, for one key. */
	limit?: number | undefined;
	/** The length of a window; it opens with a key's first request. */
	windowMs?: number | undefined;
	/** What counts as one client; by default, and where it gives nothing, the address, IPv6 by its /56. */
	key?: ((request: Request) => string | undefined) | undefined;
	/** Requests that are not counted. */
	skip?: ((request: Request) => boolean) | undefined;
}

export interface RateLimitValues {
	limit: number;
	windowMs: number;
	key: ((request: never) => string | undefined) | undefined;
	skip: ((request: never) => boolean) | undefined;
}

const DEFAULTS: RateLimitValues = { limit: 300, windowMs: 60_000, key: undefined, skip: undefined };

const CHECKS: Checks<RateLimitValues> = {
	limit: wholeNumber({ min: 1, example: 300 }),
	windowMs: milliseconds({ min: 1_000, example: 60_000 }),
	key: callback("(request) => request.headers['x-api-key']"),
	skip: callback("(request) => request.url.startsWith('/static/')"),
};

export interface RateLimitPolicy {
	readonly limit: number;
	readonly windowMs: number;
	readonly key: ((request: unknown) => string | undefined) | undefined;
	readonly skip: ((request: unknown) => boolean) | undefined;
	/** IETF draft-ietf-httpapi-ratelimit-headers-08, section 3. */
	readonly policyHeader: string;
}

function policy(values: Readonly<RateLimitValues>): RateLimitPolicy {
	const { limit, windowMs, key, skip } = values;
	return deepFreeze({
		limit,
		windowMs,
		key: key as RateLimitPolicy["key"],
		skip: skip as RateLimitPolicy["skip"],
		policyHeader: `"default";q=${limit};w=${Math.ceil(windowMs / 1_000)}`,
	});
}

interface Bucket {
	readonly key: string;
	readonly isAddress: boolean;
}

/** Headers by which one sees that another limiter has counted this request already. */
const OTHER_LIMITERS = ["ratelimit", "ratelimit-limit", "x-ratelimit-limit"];

function create(policy: RateLimitPolicy, surroundings: Surroundings, place: Place): OpenRoom {
	const store = createMemoryStore({ windowMs: policy.windowMs });
	/**
	 * The bucket of a request. A key that the program's function does not give is the address: no key must not mean one
	 * bucket for all. The program's keys have names of their own, so that nobody can write another one's address.
	 */
	function bucketOf({ native, clientAddress }: Exchange): Bucket {
		const key = policy.key?.(native);
		const isGiven = typeof key === "string" && key !== "";
		return isGiven
			? { key: `key ${key}`, isAddress: false }
			: { key: clientKey(clientAddress), isAddress: true };
	}

	function enterApp(exchange: Exchange): Verdict | undefined {
		if (OTHER_LIMITERS.some((name) => exchange.response.hasHeader(name))) {
			surroundings.notice(...OTHER_LIMITER);
			return undefined;
		}
		if (policy.skip?.(exchange.native)) return undefined;
		const bucket = bucketOf(exchange);
		const verdict = count(exchange, bucket);
		exchange.refund = () => store.decrement(bucket.key);
		if (verdict === undefined || !exchange.framework.countsForItself?.(exchange.native)) return verdict;
		return passOnCredit(exchange, bucket.key) ? undefined : verdict;
	}

	/**
	 * A route with a limit of its own decides for itself. But whether the request gets there is not known: so it goes on
	 * credit, which the route's limit pays back, and who is answered before it too often is refused here.
	 */
	function passOnCredit(exchange: Exchange, key: string): boolean {
		const debt = `credit ${key}`;
		if (store.increment(debt).totalHits > policy.limit) return false;
		exchange.refund = () => {
			store.decrement(key);
			store.decrement(debt);
		};
		return true;
	}

	function enterPart(exchange: Exchange): Verdict | undefined {
		if (policy.skip?.(exchange.native)) return undefined;
		// It counts in place of the app's limit, and beside other parts.
		exchange.refund?.();
		exchange.refund = undefined;
		return count(exchange, bucketOf(exchange));
	}

	function count(exchange: Exchange, { key, isAddress }: Bucket): Verdict | undefined {
		const hits = store.increment(key);
		if (hits.totalHits <= policy.limit) return allow(exchange, policy, hits);
		if (!isAddress || !exchange.isAddressDoubtful) return refuse(exchange, policy, hits);
		surroundings.notice(...whatIsMissing(exchange.clientAddress));
		return undefined;
	}

	return { enter: place === "app" ? enterApp : enterPart };
}

function allow({ response }: Exchange, policy: RateLimitPolicy, hits: Hits): undefined {
	const left = policy.limit - hits.totalHits;
	response.setHeader("RateLimit-Policy", policy.policyHeader);
	response.setHeader("RateLimit", `"default";r=${left};t=${secondsUntil(hits.resetTime)}`);
}

function refuse(exchange: Exchange, policy: RateLimitPolicy, hits: Hits): Verdict {
	const seconds = secondsUntil(hits.resetTime);
	const { status, headers, body } = problem(undefined, 429, exchange.requestId);
	return {
		status,
		headers: [
			...headers,
			["ratelimit-policy", policy.policyHeader],
			["ratelimit", `"default";r=0;t=${seconds}`],
			["retry-after", String(seconds)],
		],
		body,
	};
}

function secondsUntil(time: Date): number {
	return Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1_000));
}

const OTHER_LIMITER: Notice = [
	"PART_STANDS_DOWN",
	"another rate limiter has set its headers before ours, so ours does not count",
	"take the other one away, or write rateLimit: false",
];

function whatIsMissing(address: string): Notice {
	return [
		"FORWARDED_UNEXPLAINED",
		`requests come from ${address} with X-Forwarded-For: behind a proxy that nobody named, all users look like one, ` +
			"so the rate limit counts and refuses nobody",
		"TRUST_PROXY=1 (the number of proxies in front), or TRUST_PROXY=none if there is none",
	];
}

export const RATE_LIMIT: RequestRoom<RateLimitValues, RateLimitPolicy> = {
	key: "rateLimit",
	purpose: "One client that takes the service from all others",
	DEFAULTS,
	CHECKS,
	policy,
	create,
};
