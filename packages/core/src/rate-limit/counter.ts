import type { Refund } from "../exchange/exchange.ts";
import type { SharedRedis } from "../shared-redis.ts";
import { createBlocked } from "./blocked.ts";
import { createLocalCounter } from "./local-counter.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";
import { createSharedCounter, type SharedHits } from "./shared-counter.ts";

/** Who has counted: this process alone, all of them in Redis, or this one in place of Redis. */
export type CountedBy = "memory" | "redis" | "local";

/** A hit that was counted, and that can be taken back. */
export interface Counted extends Refund {
	readonly totalHits: number;
	readonly resetAtMs: number;
	/** What it counts against: in place of Redis, the part of this process. */
	readonly limit: number;
	readonly by: CountedBy;
}

/** What there is to say where nobody has counted. */
export type Uncounted = "allow" | "deny";

export interface Counter {
	/** Answers at once unless Redis has to be asked; never rejects. */
	count(key: string): Counted | Uncounted | Promise<Counted | Uncounted>;
}

export function createCounter(
	policy: RateLimitPolicy,
	redis: SharedRedis | undefined,
	name: string,
): Counter {
	if (redis === undefined) return createLocalCounter(policy, policy.limit, "memory");
	const shared = createSharedCounter(redis, policy, name);
	const blocked = createBlocked();
	let local: ReturnType<typeof createLocalCounter> | undefined;

	function countMeanwhile(key: string): Counted | Uncounted {
		if (policy.onOutage !== "local") return policy.onOutage;
		local ??= createLocalCounter(policy, policy.localLimit, "local");
		return local.count(key);
	}

	/** Where many were under way at once, what they give back may free a key that they have used up. */
	function giveBack(key: string, hits: SharedHits): void {
		if (hits.totalHits > policy.limit) return;
		shared.giveBack(key, hits).then(
			(left) => {
				if (left < policy.limit) blocked.free(key);
			},
			// What cannot be given back was counted: on the safe side.
			() => {},
		);
	}

	return {
		count(key) {
			const leftMs = blocked.leftMs(key);
			if (leftMs > 0) return stillBlocked(policy, leftMs);
			if (shared.isAway()) return countMeanwhile(key);
			return shared.count(key).then(
				(hits) => {
					const { totalHits, leftMs } = hits;
					if (totalHits > policy.limit) blocked.add(key, leftMs);
					return {
						totalHits,
						resetAtMs: Date.now() + leftMs,
						limit: policy.limit,
						by: "redis",
						giveBack: () => giveBack(key, hits),
					};
				},
				() => countMeanwhile(key),
			);
		},
	};
}

function stillBlocked({ limit }: RateLimitPolicy, leftMs: number): Counted {
	return { totalHits: limit + 1, resetAtMs: Date.now() + leftMs, limit, by: "redis", giveBack: nothing };
}

function nothing(): void {}
