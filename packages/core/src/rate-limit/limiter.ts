import { channel } from "node:diagnostics_channel";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { Place, Surroundings } from "../exchange/room.ts";
import { OTHER_LIMITER, refuse, tellLeft, unavailable, whatIsMissing } from "./answers.ts";
import { type Bucket, bucketsOf } from "./bucket.ts";
import { type Counted, type Counter, createCounter, type Uncounted } from "./counter.ts";
import { limiterName } from "./limiter-name.ts";
import { createMemoryStore } from "./memory-store.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

/** Told of every request that a limit sees: `{ limiter, outcome, by }`, for metrics. Costs nothing while nobody listens. */
const OUTCOMES = channel("production-ready:rate-limit");

type Outcome = "allowed" | "refused" | "would-be-refused" | "uncounted" | "unavailable";

/** Headers by which one sees that another limiter has counted this request already. */
const OTHER_LIMITERS = ["ratelimit", "ratelimit-limit", "x-ratelimit-limit"];

/** The strictest of what the buckets of a request have said. */
type Seen = { readonly counted: Counted; readonly isAddress: boolean } | Uncounted;

export function createLimiter(policy: RateLimitPolicy, surroundings: Surroundings, place: Place): OpenRoom {
	const limiter = limiterName(policy, surroundings, place);
	let counter: Counter | undefined;
	/** A part may be made before the app says where its Redis is; an app connects before its first request. */
	const open = (): Counter => {
		counter ??= createCounter(policy, surroundings.redis(), limiter);
		return counter;
	};
	if (place === "app") open();
	const credits = createMemoryStore({ windowMs: policy.windowMs });

	function enterApp(exchange: Exchange): ReturnType<NonNullable<OpenRoom["enter"]>> {
		if (OTHER_LIMITERS.some((name) => exchange.response.hasHeader(name))) {
			surroundings.notice(...OTHER_LIMITER);
			return undefined;
		}
		if (policy.skip?.(exchange.native)) return undefined;
		return count(exchange, (seen, key, giveBack) => {
			exchange.refund = giveBack;
			return judge(exchange, seen, () => {
				const isRoutes = exchange.framework.countsForItself?.(exchange.native) === true;
				return isRoutes && passOnCredit(exchange, key, giveBack);
			});
		});
	}

	/**
	 * A route with a limit of its own decides for itself. But whether the request gets there is not known: so it goes on
	 * credit, which the route's limit pays back, and who is answered before it too often is refused here.
	 */
	function passOnCredit(exchange: Exchange, key: string, giveBack: () => void): boolean {
		if (credits.increment(key).totalHits > policy.limit) return false;
		exchange.refund = () => {
			giveBack();
			credits.decrement(key);
		};
		return true;
	}

	function enterPart(exchange: Exchange): ReturnType<NonNullable<OpenRoom["enter"]>> {
		if (policy.skip?.(exchange.native)) return undefined;
		// It counts in place of the app's limit, and beside other parts.
		exchange.refund?.();
		exchange.refund = undefined;
		return count(exchange, (seen) => judge(exchange, seen));
	}

	function count(
		exchange: Exchange,
		conclude: (seen: Seen, key: string, giveBack: () => void) => Verdict | undefined,
	): Verdict | undefined | Promise<Verdict | undefined> {
		const buckets = bucketsOf(policy, exchange);
		const { key } = buckets[0]!;
		// All of them leave together.
		const counts = buckets.map((bucket) => open().count(bucket.key));
		const go = (counted: readonly (Counted | Uncounted)[]): Verdict | undefined =>
			conclude(strictest(counted, buckets), key, () => giveAllBack(counted));
		if (!counts.some((each) => each instanceof Promise)) return go(counts as (Counted | Uncounted)[]);
		return Promise.all(counts).then(go);
	}

	/** `passesOn` is asked before a request is refused: then the route's limit decides about it, and tells of it. */
	function judge(exchange: Exchange, seen: Seen, passesOn = (): boolean => false): Verdict | undefined {
		if (seen === "allow") return tell("uncounted", undefined);
		if (seen === "deny") {
			if (policy.dryRun) return tell("unavailable", undefined);
			return passesOn() ? undefined : tell("unavailable", unavailable(exchange));
		}
		const { counted, isAddress } = seen;
		if (counted.hits.totalHits <= counted.limit) {
			tellLeft(exchange, policy, counted);
			return tell("allowed", undefined, counted);
		}
		if (policy.dryRun) return tell("would-be-refused", undefined, counted);
		if (!isAddress || !exchange.isAddressDoubtful) {
			return passesOn() ? undefined : tell("refused", refuse(exchange, policy, counted), counted);
		}
		surroundings.notice(...whatIsMissing(exchange.clientAddress));
		return tell("would-be-refused", undefined, counted);
	}

	function tell(outcome: Outcome, verdict: Verdict | undefined, counted?: Counted): Verdict | undefined {
		if (OUTCOMES.hasSubscribers) OUTCOMES.publish({ limiter, outcome, by: counted?.by });
		return verdict;
	}

	return place === "app" ? { enter: enterApp } : { enter: enterPart, isBehindBody: policy.key !== undefined };
}

function strictest(counts: readonly (Counted | Uncounted)[], buckets: readonly Bucket[]): Seen {
	if (counts.includes("deny")) return "deny";
	let least: { counted: Counted; isAddress: boolean } | undefined;
	for (const [place, counted] of counts.entries()) {
		if (typeof counted !== "object") continue;
		if (least === undefined || leftOf(counted) < leftOf(least.counted)) {
			least = { counted, isAddress: buckets[place]!.isAddress };
		}
	}
	return least ?? "allow";
}

function giveAllBack(counts: readonly (Counted | Uncounted)[]): void {
	for (const counted of counts) if (typeof counted === "object") counted.giveBack();
}

function leftOf({ limit, hits }: Counted): number {
	return limit - hits.totalHits;
}
