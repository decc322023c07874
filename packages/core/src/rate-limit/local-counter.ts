import type { Counted, CountedBy } from "./counter.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";
import { createSlidingStore, type SlidingStore } from "./sliding-store.ts";
import { createWindows, type Windows } from "./windows.ts";

/** Counts in this process, at once. */
export interface LocalCounter {
	count(key: string): Counted;
}

export function createLocalCounter(policy: RateLimitPolicy, limit: number, by: CountedBy): LocalCounter {
	const { windowMs } = policy;
	return policy.algorithm === "sliding"
		? countSliding(createSlidingStore({ windowMs, limit }), limit, by)
		: countFixed(createWindows({ windowMs }), limit, by);
}

/** One object a request, and no function of its own: it is what gives back. */
interface FixedHit {
	totalHits: number;
	resetAtMs: number;
	readonly key: string;
	readonly windows: Windows;
	readonly limit: number;
	readonly by: CountedBy;
	readonly giveBack: (this: FixedHit) => void;
}

function countFixed(windows: Windows, limit: number, by: CountedBy): LocalCounter {
	return {
		count(key) {
			const hit: FixedHit = { totalHits: 0, resetAtMs: 0, key, windows, limit, by, giveBack: takeBackFixed };
			windows.count(key, hit);
			return hit;
		},
	};
}

/** The window may be over meanwhile. */
function takeBackFixed(this: FixedHit): void {
	if (this.resetAtMs > Date.now()) this.windows.takeBack(this.key);
}

function countSliding(store: SlidingStore, limit: number, by: CountedBy): LocalCounter {
	return {
		count(key) {
			const { totalHits, resetAtMs, atMs } = store.increment(key);
			// What a sliding window refuses is not in it.
			const giveBack = (): void => {
				if (atMs !== undefined) store.decrement(key, atMs);
			};
			return { totalHits, resetAtMs, limit, by, giveBack };
		},
	};
}
