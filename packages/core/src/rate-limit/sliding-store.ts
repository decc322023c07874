import { CLEARED_AT_ONCE } from "./windows.ts";

export interface SlidingStoreOptions {
	readonly windowMs: number;
	/** What is beyond it is refused, and not written down. */
	readonly limit: number;
	readonly maxKeys?: number;
	/** A clock that is never set. */
	readonly nowMs?: () => number;
}

/** A key takes some 300 bytes, and about 10 for each request of its window: 30 MB where each has sent one. */
const MAX_KEYS = 100_000;

export interface SlidingHits {
	readonly totalHits: number;
	readonly resetAtMs: number;
	/** Under what time it was written down, if it was: what is given back is found by it. */
	readonly atMs: number | undefined;
}

/** The last requests of each key: `increment` counts those of the window that ends now. */
export interface SlidingStore {
	increment(key: string): SlidingHits;
	/** Takes that one out: another one in its place would leave the window at another time. */
	decrement(key: string, atMs: number): void;
}

/** Times of requests that were let through, the oldest first; `start` is where those of the window begin. */
interface Log {
	times: number[];
	start: number;
}

/**
 * Sliding windows in memory, for one process: exact, because each request that was let through is remembered until its
 * window is over. Memory is bounded by `limit` for a key and `maxKeys`; what comes on top shares one log.
 */
export function createSlidingStore(options: SlidingStoreOptions): SlidingStore {
	const { windowMs, limit, maxKeys = MAX_KEYS, nowMs = () => performance.now() } = options;
	// Moved to the end with each request that is let through, so those that are over stand in front.
	const logs = new Map<string, Log>();
	const overflow: Log = { times: [], start: 0 };

	function trim(log: Log, now: number): void {
		const { times } = log;
		while (log.start < times.length && times[log.start]! <= now - windowMs) log.start++;
		if (log.start > 32 && log.start * 2 > times.length) {
			log.times = times.slice(log.start);
			log.start = 0;
		}
	}

	function dropExpired(now: number): void {
		let dropped = 0;
		for (const [key, { times }] of logs) {
			const isLive = times.length > 0 && times.at(-1)! > now - windowMs;
			if (isLive || dropped++ === CLEARED_AT_ONCE) return;
			logs.delete(key);
		}
	}

	function logOf(key: string, now: number): Log {
		const known = logs.get(key);
		if (known !== undefined) return known;
		dropExpired(now);
		if (logs.size >= maxKeys) return overflow;
		const log: Log = { times: [], start: 0 };
		logs.set(key, log);
		return log;
	}

	return {
		increment(key) {
			const now = nowMs();
			const log = logOf(key, now);
			trim(log, now);
			const count = log.times.length - log.start;
			if (count < limit) {
				// A list that begins with its first one has room for one: most of those who come in a flood come once.
				if (log.times.length === 0) log.times = [now];
				else log.times.push(now);
				if (logs.delete(key)) logs.set(key, log);
			}
			const oldest = log.times[log.start]!;
			return {
				totalHits: count + 1,
				resetAtMs: Date.now() + Math.max(0, oldest + windowMs - now),
				atMs: count < limit ? now : undefined,
			};
		},
		decrement(key, atMs) {
			const { times, start } = logs.get(key) ?? overflow;
			const place = times.lastIndexOf(atMs);
			if (place >= start) times.splice(place, 1);
		},
	};
}
