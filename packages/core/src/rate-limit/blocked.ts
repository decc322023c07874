import { MAX_KEYS } from "./memory-store.ts";

/** Keys that are used up, as this process has heard from Redis: until their window is over nobody has to ask again. */
export interface Blocked {
	/** When the window of a blocked key ends; nothing for one that is free. */
	until(key: string): Date | undefined;
	add(key: string, until: Date): void;
	/** It is known to have something left again. */
	free(key: string): void;
}

/** By a clock that is never set: a wrong one would block for hours, or not at all. */
export function createBlocked(
	maxKeys: number = MAX_KEYS,
	nowMs: () => number = () => performance.now(),
): Blocked {
	const ends = new Map<string, number>();

	function dropExpired(now: number): void {
		for (const [key, endMs] of ends) {
			if (endMs > now) return;
			ends.delete(key);
		}
	}

	return {
		until(key) {
			const endMs = ends.get(key);
			if (endMs === undefined) return undefined;
			const leftMs = endMs - nowMs();
			if (leftMs > 0) return new Date(Date.now() + leftMs);
			ends.delete(key);
			return undefined;
		},
		add(key, until) {
			const now = nowMs();
			dropExpired(now);
			// What finds no room is asked for at Redis.
			if (ends.size < maxKeys) ends.set(key, now + until.getTime() - Date.now());
		},
		free: (key) => void ends.delete(key),
	};
}
