/** As many sessions as are remembered; of a busier process some are extended more often than they need. */
const MAX_REMEMBERED = 10_000;

/** A session is extended once a tenth of its idle time has passed: a write for every request buys nothing. */
const SHARE = 1 / 10;

/** When this process has last extended each session. */
export interface Touches {
	isDue(id: string, lifetimeMs: number): boolean;
	note(id: string): void;
	forget(id: string): void;
}

export function createTouches(): Touches {
	const times = new Map<string, number>();
	return {
		isDue: (id, lifetimeMs) => Date.now() - (times.get(id) ?? Number.NEGATIVE_INFINITY) > lifetimeMs * SHARE,
		note(id) {
			times.delete(id);
			times.set(id, Date.now());
			if (times.size > MAX_REMEMBERED) times.delete(times.keys().next().value!);
		},
		forget: (id) => void times.delete(id),
	};
}
