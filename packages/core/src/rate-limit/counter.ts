import type { SharedRedis } from "../shared-redis.ts";
import { createBlocked } from "./blocked.ts";
import { createMemoryStore, type Hits } from "./memory-store.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";
import { createSharedCounter } from "./shared-counter.ts";
import { createSlidingStore } from "./sliding-store.ts";

/** Who has counted: this process alone, all of them in Redis, or this one in place of Redis. */
export type CountedBy = "memory" | "redis" | "local";

export interface Counted {
	readonly hits: Hits;
	/** What it counts against: in place of Redis, the part of this process. */
	readonly limit: number;
	readonly by: CountedBy;
	/** Takes the hit back. */
	giveBack(): void;
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
	const local = createLocalCounter(policy, policy.localLimit, "local");
	const blocked = createBlocked();

	function countMeanwhile(key: string): Counted | Uncounted {
		return policy.onOutage === "local" ? local.count(key) : policy.onOutage;
	}

	/** Where many were under way at once, what they give back may free a key that they have used up. */
	function giveBack(key: string, hits: Hits): void {
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
			const until = blocked.until(key);
			if (until !== undefined) return stillBlocked(policy, until);
			if (shared.isAway()) return countMeanwhile(key);
			return shared.count(key).then(
				(hits) => {
					if (hits.totalHits > policy.limit) blocked.add(key, hits.resetTime);
					return { hits, limit: policy.limit, by: "redis", giveBack: () => giveBack(key, hits) };
				},
				() => countMeanwhile(key),
			);
		},
	};
}

function createLocalCounter(
	policy: RateLimitPolicy,
	limit: number,
	by: CountedBy,
): { count(key: string): Counted } {
	const { algorithm, windowMs } = policy;
	const store =
		algorithm === "sliding" ? createSlidingStore({ windowMs, limit }) : createMemoryStore({ windowMs });
	return {
		count(key) {
			const hits: Hits = store.increment(key);
			const giveBack = (): void => {
				if (isIn(hits, policy)) store.decrement(key, hits.atMs!);
			};
			return { hits, limit, by, giveBack };
		},
	};
}

/** Whether it still counts: what a sliding window refuses is not in it, and a fixed one may be over meanwhile. */
function isIn({ atMs, resetTime }: Hits, { algorithm }: RateLimitPolicy): boolean {
	return algorithm === "sliding" ? atMs !== undefined : resetTime.getTime() > Date.now();
}

function stillBlocked({ limit }: RateLimitPolicy, resetTime: Date): Counted {
	return { hits: { totalHits: limit + 1, resetTime }, limit, by: "redis", giveBack() {} };
}
