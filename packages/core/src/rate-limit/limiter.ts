import { channel } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import type { Enter, Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { Place, Surroundings } from "../exchange/room.ts";
import { FORWARDED_UNEXPLAINED } from "../exchange/unexplained.ts";
import { OTHER_LIMITER, refuse, tellLeft, unavailable } from "./answers.ts";
import { addressBucket, namedBuckets } from "./bucket.ts";
import { type Counted, type CountedBy, type Counter, createCounter, type Uncounted } from "./counter.ts";
import { limiterName } from "./limiter-name.ts";
import { createLocalCounter, type LocalCounter } from "./local-counter.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

/** Told of every request that a limit sees: `{ limiter, outcome, by }`, for metrics. Costs nothing while nobody listens. */
const OUTCOMES = channel("production-ready:rate-limit");

type Outcome = "allowed" | "refused" | "would-be-refused" | "uncounted" | "unavailable";

/** Headers by which one sees that another limiter has counted this request already. */
const OTHER_LIMITERS = ["ratelimit", "ratelimit-limit", "x-ratelimit-limit"];

/** What was seen of a request, with what it takes to act upon it. */
type Seen = Counted | Uncounted;

export function createLimiter(policy: RateLimitPolicy, surroundings: Surroundings, place: Place): OpenRoom {
	const limiter = limiterName(policy, surroundings, place);
	let counter: Counter | undefined;
	/** A part may be made before the app says where its Redis is; an app connects before its first request. */
	const open = (): Counter => {
		counter ??= createCounter(policy, surroundings.redis(), limiter);
		return counter;
	};
	if (place === "app") open();
	let credits: LocalCounter | undefined;

	function enterApp(exchange: Exchange): ReturnType<Enter> {
		if (hasOtherLimiter(exchange.response)) {
			surroundings.notice(...OTHER_LIMITER);
			return undefined;
		}
		return policy.skip?.(exchange.native) ? undefined : count(exchange);
	}

	function enterPart(exchange: Exchange): ReturnType<Enter> {
		if (policy.skip?.(exchange.native)) return undefined;
		// It counts in place of the app's limit, and beside other parts.
		exchange.refund?.giveBack();
		exchange.refund = undefined;
		return count(exchange);
	}

	function count(exchange: Exchange): ReturnType<Enter> {
		const named = namedBuckets(policy, exchange);
		if (named.length > 1) return countAll(exchange, named);
		const key = named[0] ?? addressBucket(exchange);
		const seen = open().count(key);
		return seen instanceof Promise
			? seen.then((settled) => conclude(exchange, settled, key, named.length > 0))
			: conclude(exchange, seen, key, named.length > 0);
	}

	function conclude(exchange: Exchange, seen: Seen, key: string, isNamed: boolean): Verdict | undefined {
		if (place === "app") exchange.refund = typeof seen === "object" ? seen : undefined;
		return judge(exchange, seen, key, isNamed);
	}

	/** Several buckets: all of them leave together, and the strictest decides. */
	function countAll(exchange: Exchange, keys: readonly string[]): ReturnType<Enter> {
		const go = (all: readonly Seen[]): Verdict | undefined => {
			if (place === "app") exchange.refund = { giveBack: () => giveAllBack(all) };
			return judge(exchange, strictest(all), keys[0]!, true);
		};
		const counts = keys.map((key) => open().count(key));
		return counts.some((each) => each instanceof Promise)
			? Promise.all(counts).then(go)
			: go(counts as readonly Seen[]);
	}

	function judge(exchange: Exchange, seen: Seen, key: string, isNamed: boolean): Verdict | undefined {
		if (seen === "allow") return tell("uncounted", undefined);
		if (seen === "deny") {
			if (policy.dryRun) return tell("unavailable", undefined);
			return passesOn(exchange, key) ? undefined : tell("unavailable", unavailable(exchange));
		}
		if (seen.totalHits <= seen.limit) {
			tellLeft(exchange, policy, seen);
			return tell("allowed", undefined, seen.by);
		}
		if (policy.dryRun) return tell("would-be-refused", undefined, seen.by);
		if (isNamed || !exchange.isAddressDoubtful) {
			return passesOn(exchange, key) ? undefined : tell("refused", refuse(exchange, policy, seen), seen.by);
		}
		surroundings.notice(...FORWARDED_UNEXPLAINED);
		return tell("would-be-refused", undefined, seen.by);
	}

	/** Asked before a request is refused: then the route's limit decides about it, and tells of it. */
	function passesOn(exchange: Exchange, key: string): boolean {
		const isRoutes = place === "app" && exchange.framework.countsForItself?.(exchange.native) === true;
		return isRoutes && passOnCredit(exchange, key);
	}

	/**
	 * A route with a limit of its own decides for itself. But whether the request gets there is not known: so it goes on
	 * credit, which the route's limit pays back, and who is answered before it too often is refused here.
	 */
	function passOnCredit(exchange: Exchange, key: string): boolean {
		credits ??= createLocalCounter({ ...policy, algorithm: "fixed" }, policy.limit, "local");
		const credit = credits.count(key);
		if (credit.totalHits > credit.limit) return false;
		const hit = exchange.refund;
		exchange.refund = {
			giveBack() {
				hit?.giveBack();
				credit.giveBack();
			},
		};
		return true;
	}

	function tell(outcome: Outcome, verdict: Verdict | undefined, by?: CountedBy): Verdict | undefined {
		if (OUTCOMES.hasSubscribers) OUTCOMES.publish({ limiter, outcome, by });
		return verdict;
	}

	return place === "app" ? { enter: enterApp } : { enter: enterPart, isBehindBody: policy.key !== undefined };
}

function hasOtherLimiter(response: ServerResponse): boolean {
	for (let index = 0; index < OTHER_LIMITERS.length; index++) {
		if (response.hasHeader(OTHER_LIMITERS[index]!)) return true;
	}
	return false;
}

function strictest(all: readonly Seen[]): Seen {
	if (all.includes("deny")) return "deny";
	let least: Counted | undefined;
	for (const seen of all) {
		if (typeof seen === "object" && (least === undefined || leftOf(seen) < leftOf(least))) least = seen;
	}
	return least ?? "allow";
}

function giveAllBack(all: readonly Seen[]): void {
	for (const seen of all) if (typeof seen === "object") seen.giveBack();
}

function leftOf({ limit, totalHits }: Counted): number {
	return limit - totalHits;
}
