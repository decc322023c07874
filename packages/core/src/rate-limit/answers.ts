import type { Exchange, HeaderPair, Verdict } from "../exchange/exchange.ts";
import type { Notice } from "../exchange/room.ts";
import { problem } from "../problem.ts";
import type { Counted } from "./counter.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

/** Tells the client what is left: draft-ietf-httpapi-ratelimit-headers-08. */
export function tellLeft({ response }: Exchange, policy: RateLimitPolicy, { hits, limit }: Counted): void {
	response.setHeader("RateLimit-Policy", policy.policyHeader);
	response.setHeader(
		"RateLimit",
		rateLimit(policy, Math.max(0, limit - hits.totalHits), secondsUntil(hits.resetTime)),
	);
}

export function refuse(exchange: Exchange, policy: RateLimitPolicy, { hits }: Counted): Verdict {
	const seconds = secondsUntil(hits.resetTime);
	return answer(exchange, 429, seconds, [
		["ratelimit-policy", policy.policyHeader],
		["ratelimit", rateLimit(policy, 0, seconds)],
	]);
}

/** How soon it is worth a try: Redis is asked again several times a second. */
const OUTAGE_RETRY_SECONDS = 1;

/** Nobody knows whether the client may: not its fault, so no 429. */
export function unavailable(exchange: Exchange): Verdict {
	return answer(exchange, 503, OUTAGE_RETRY_SECONDS, []);
}

function answer(
	exchange: Exchange,
	status: number,
	retrySeconds: number,
	more: readonly HeaderPair[],
): Verdict {
	const { headers, body } = problem(undefined, status, exchange.requestId);
	return { status, headers: [...headers, ...more, ["retry-after", String(retrySeconds)]], body };
}

function rateLimit({ label }: RateLimitPolicy, left: number, seconds: number): string {
	return `"${label}";r=${left};t=${seconds}`;
}

function secondsUntil(time: Date): number {
	return Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1_000));
}

export const OTHER_LIMITER: Notice = [
	"PART_STANDS_DOWN",
	"another rate limiter has set its headers before ours, so ours does not count",
	"take the other one away, or write rateLimit: false",
];

export function whatIsMissing(address: string): Notice {
	return [
		"FORWARDED_UNEXPLAINED",
		`requests come from ${address} with X-Forwarded-For: behind a proxy that nobody named, all users look like one, ` +
			"so the rate limit counts and refuses nobody",
		"TRUST_PROXY=1 (the number of proxies in front), or TRUST_PROXY=none if there is none",
	];
}
