/** A count within its window: the shape that express-rate-limit's stores give. */
export interface Hits {
	readonly totalHits: number;
	readonly resetTime: Date;
	/** Under what time a sliding window has written it down, if it has: what is given back is found by it. */
	readonly atMs?: number | undefined;
}

/** A store as express-rate-limit defines it, answering at once. */
export interface MemoryStore {
	readonly localKeys: true;
	increment(key: string): Hits;
	decrement(key: string): void;
	resetKey(key: string): void;
	resetAll(): void;
	get(key: string): Hits | undefined;
}

export interface MemoryStoreOptions {
	/** The length of a window; it opens with a key's first hit. */
	windowMs: number;
	/** How many keys are counted apart. What comes on top shares one bucket until keys expire. */
	maxKeys?: number;
	nowMs?: () => number;
}

export const MAX_KEYS = 100_000;

interface Window {
	totalHits: number;
	readonly resetTime: Date;
	readonly resetAtMs: number;
}

/**
 * Fixed windows in memory, for one process. Memory is bounded by `maxKeys`, and no flood of other keys takes a
 * blocked one out: expired keys go first, and beyond the cap all new ones count together.
 */
export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
	const { windowMs, maxKeys = MAX_KEYS, nowMs = Date.now } = options;
	// All windows are equally long, so the order of insertion is the order in which they end.
	const windows = new Map<string, Window>();
	let overflow: Window | undefined;

	function dropExpired(now: number): void {
		for (const [key, window] of windows) {
			if (live(window, now) !== undefined) return;
			windows.delete(key);
		}
	}

	// One that ends further away than a window is long is from before the clock was set back.
	function live(window: Window | undefined, now: number): Window | undefined {
		if (window === undefined || window.resetAtMs <= now || window.resetAtMs - now > windowMs)
			return undefined;
		return window;
	}

	function open(now: number): Window {
		return { totalHits: 0, resetTime: new Date(now + windowMs), resetAtMs: now + windowMs };
	}

	function windowOf(key: string): Window {
		const now = nowMs();
		const known = live(windows.get(key), now);
		if (known !== undefined) return known;
		dropExpired(now);
		// Opened anew, it has to stand at the end.
		windows.delete(key);
		if (windows.size >= maxKeys) {
			overflow = live(overflow, now) ?? open(now);
			return overflow;
		}
		const window = open(now);
		windows.set(key, window);
		return window;
	}

	return {
		localKeys: true,
		increment(key) {
			const window = windowOf(key);
			window.totalHits++;
			return { totalHits: window.totalHits, resetTime: window.resetTime };
		},
		decrement(key) {
			const window = live(windows.get(key), nowMs()) ?? live(overflow, nowMs());
			if (window !== undefined && window.totalHits > 0) window.totalHits--;
		},
		resetKey(key) {
			windows.delete(key);
		},
		resetAll() {
			windows.clear();
			overflow = undefined;
		},
		get(key) {
			const window = live(windows.get(key), nowMs());
			return window && { totalHits: window.totalHits, resetTime: window.resetTime };
		},
	};
}
