import type { KeyedHash } from "./keyed-hash.ts";
import { createTable, MAX_ROWS } from "./table.ts";

export interface WindowsOptions {
	readonly windowMs: number;
	readonly maxKeys?: number;
	readonly nowMs?: () => number;
	readonly keyedHash?: KeyedHash;
}

/** What a hit comes to; given to be filled, so that counting makes nothing anew. */
export interface Count {
	totalHits: number;
	resetAtMs: number;
}

/** Fixed windows by key. */
export interface Windows {
	count(key: string, into: Count): void;
	takeBack(key: string): void;
	forget(key: string): void;
	/** Says whether there is a window. */
	look(key: string, into: Count): boolean;
}

/** How many keys are counted apart: 18 MB when all of them are taken, less than 100,000 strings in a Map. */
export const MAX_KEYS = 500_000;

/** Each new key clears away so many that are over: more than come, and never so many that a request waits for it. */
export const CLEARED_AT_ONCE = 16;

/** What the words of a row can hold. */
const MAX_HITS = 2 ** 31 - 1;

/**
 * Memory is bounded by `maxKeys`, and no flood of other keys takes a blocked one out: those that are over go first, and
 * beyond the cap all new ones count together.
 */
export function createWindows(options: WindowsOptions): Windows {
	const { windowMs, nowMs = Date.now } = options;
	const maxKeys = Math.min(MAX_ROWS, Math.floor(options.maxKeys ?? MAX_KEYS));
	// All windows are equally long, so the oldest one ends first.
	const table = createTable(maxKeys, options.keyedHash);
	const overflow: Count = { totalHits: 0, resetAtMs: Number.NEGATIVE_INFINITY };

	// One that ends further away than a window is long is from before the clock was set back.
	function isLive(endMs: number, now: number): boolean {
		return endMs > now && endMs - now <= windowMs;
	}

	function clearSome(now: number): void {
		for (let cleared = 0; cleared < CLEARED_AT_ONCE; cleared++) {
			const row = table.oldest();
			if (row === 0 || isLive(table.endMs(row), now)) return;
			table.remove(row);
		}
	}

	/** The row of a key; 0 where it shares the overflow. */
	function rowOf(key: string, now: number): number {
		const known = table.find(key);
		if (known !== 0 && isLive(table.endMs(known), now)) return known;
		if (known !== 0) table.remove(known);
		clearSome(now);
		return table.size() < maxKeys ? table.add(key, now + windowMs) : 0;
	}

	function countInOverflow(now: number, into: Count): void {
		if (!isLive(overflow.resetAtMs, now)) {
			overflow.totalHits = 0;
			overflow.resetAtMs = now + windowMs;
		}
		into.totalHits = ++overflow.totalHits;
		into.resetAtMs = overflow.resetAtMs;
	}

	return {
		count(key, into) {
			const now = nowMs();
			const row = rowOf(key, now);
			if (row === 0) {
				countInOverflow(now, into);
				return;
			}
			const hits = table.hits(row);
			into.totalHits = hits < MAX_HITS ? hits + 1 : hits;
			into.resetAtMs = table.endMs(row);
			table.setHits(row, into.totalHits);
		},
		takeBack(key) {
			const now = nowMs();
			const row = table.find(key);
			if (row !== 0 && isLive(table.endMs(row), now)) {
				table.setHits(row, Math.max(0, table.hits(row) - 1));
			} else if (isLive(overflow.resetAtMs, now)) {
				overflow.totalHits = Math.max(0, overflow.totalHits - 1);
			}
		},
		forget(key) {
			const row = table.find(key);
			if (row !== 0) table.remove(row);
		},
		look(key, into) {
			const row = table.find(key);
			if (row === 0 || !isLive(table.endMs(row), nowMs())) return false;
			into.totalHits = table.hits(row);
			into.resetAtMs = table.endMs(row);
			return true;
		},
	};
}
