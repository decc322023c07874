import type { Exchange, HeaderPair, Verdict } from "../exchange/exchange.ts";
import type { Notice } from "../exchange/room.ts";
import { NO_STORE, PROBLEM_TYPE, plainProblem } from "../problem.ts";
import type { Counted } from "./counter.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

const tooManyRequests = plainProblem(429);
const serviceUnavailable = plainProblem(503);

/** Tells the client what is left: draft-ietf-httpapi-ratelimit-headers-08. */
export function tellLeft(
	{ response }: Exchange,
	policy: RateLimitPolicy,
	{ totalHits, limit, resetAtMs }: Counted,
): void {
	response.setHeader("ratelimit-policy", policy.policyHeader);
	response.setHeader("ratelimit", left(policy, Math.max(0, limit - totalHits), secondsUntil(resetAtMs)));
}

export function refuse({ requestId }: Exchange, policy: RateLimitPolicy, { resetAtMs }: Counted): Verdict {
	const seconds = secondsUntil(resetAtMs);
	return {
		status: 429,
		reason: policy.reason,
		headers: [
			PROBLEM_TYPE,
			NO_STORE,
			policy.policyPair,
			["ratelimit", left(policy, 0, seconds)],
			["retry-after", String(seconds)],
		],
		body: tooManyRequests(requestId),
	};
}

/** How soon it is worth a try: Redis is asked again several times a second. */
const OUTAGE_RETRY: HeaderPair = ["retry-after", "1"];

/** Nobody knows whether the client may: not its fault, so no 429. */
export function unavailable({ requestId }: Exchange): Verdict {
	return {
		status: 503,
		reason: "Redis has not counted it, and rateLimit.onOutage is deny",
		headers: [PROBLEM_TYPE, NO_STORE, OUTAGE_RETRY],
		body: serviceUnavailable(requestId),
	};
}

function left({ leftHeader }: RateLimitPolicy, hits: number, seconds: number): string {
	return `${leftHeader}${hits};t=${seconds}`;
}

function secondsUntil(timeMs: number): number {
	return Math.max(1, Math.ceil((timeMs - Date.now()) / 1_000));
}

export const OTHER_LIMITER: Notice = [
	"PART_STANDS_DOWN",
	"another rate limiter has set its headers before ours, so ours does not count",
	"take the other one away, or write rateLimit: false",
];
