import { createWindows } from "./windows.ts";

/** A count within its window: the shape that express-rate-limit's stores give. */
export interface Hits {
	readonly totalHits: number;
	readonly resetTime: Date;
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
	/**
	 * How many keys are counted apart, at 36 bytes each; by default 500,000, at most 16 million. What comes on top shares
	 * one bucket until keys expire.
	 */
	maxKeys?: number;
	nowMs?: () => number;
}

/** Fixed windows in memory, for one process, as a store for express-rate-limit and for programs. */
export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
	let windows = createWindows(options);
	const seen = { totalHits: 0, resetAtMs: 0 };
	const hits = (): Hits => ({ totalHits: seen.totalHits, resetTime: new Date(seen.resetAtMs) });
	return {
		localKeys: true,
		increment(key) {
			windows.count(key, seen);
			return hits();
		},
		decrement(key) {
			windows.takeBack(key);
		},
		resetKey(key) {
			windows.forget(key);
		},
		resetAll() {
			windows = createWindows(options);
		},
		get: (key) => (windows.look(key, seen) ? hits() : undefined),
	};
}
