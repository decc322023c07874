import { createTable } from "./table.ts";
import { CLEARED_AT_ONCE, MAX_KEYS } from "./windows.ts";

/** Keys that are used up, as this process has heard from Redis: until their window is over nobody has to ask again. */
export interface Blocked {
	/** How long the window of a blocked key still lasts; 0 for one that is free. */
	leftMs(key: string): number;
	add(key: string, leftMs: number): void;
	/** It is known to have something left again. */
	free(key: string): void;
}

/** By a clock that is never set: a wrong one would block for hours, or not at all. */
export function createBlocked(
	maxKeys: number = MAX_KEYS,
	nowMs: () => number = () => performance.now(),
): Blocked {
	const table = createTable(maxKeys);

	/** Never so many that a request waits for it. */
	function dropExpired(now: number): void {
		for (let dropped = 0; dropped < CLEARED_AT_ONCE; dropped++) {
			const row = table.oldest();
			if (row === 0 || table.endMs(row) > now) return;
			table.remove(row);
		}
	}

	function forget(key: string): void {
		const row = table.find(key);
		if (row !== 0) table.remove(row);
	}

	return {
		leftMs(key) {
			// While nobody is blocked no key is hashed.
			const row = table.size() === 0 ? 0 : table.find(key);
			if (row === 0) return 0;
			const leftMs = table.endMs(row) - nowMs();
			if (leftMs > 0) return leftMs;
			table.remove(row);
			return 0;
		},
		add(key, leftMs) {
			const now = nowMs();
			dropExpired(now);
			forget(key);
			// What finds no room is asked for at Redis.
			if (table.size() < maxKeys) table.add(key, now + leftMs);
		},
		free: forget,
	};
}
