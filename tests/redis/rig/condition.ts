import { setTimeout as pause } from "node:timers/promises";

const PERIOD_MS = 50;

/** Far longer than anything here takes on a busy machine. */
const LONGEST_MS = 60_000;

/** For what tells nobody when it happens: looks again and again. What it looks at may fail in the meantime. */
export async function until<Found>(
	what: string,
	look: () => Found | undefined | false | Promise<Found | undefined | false>,
	longestMs: number = LONGEST_MS,
): Promise<Found> {
	const endMs = performance.now() + longestMs;
	let reason: unknown;
	while (performance.now() < endMs) {
		try {
			const found = await look();
			if (found !== undefined && found !== false) return found;
			reason = undefined;
		} catch (error) {
			reason = error;
		}
		await pause(PERIOD_MS);
	}
	throw new Error(`no ${what} within ${longestMs} ms`, { cause: reason });
}
