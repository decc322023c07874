import { setTimeout as pause } from "node:timers/promises";

/** Of a linger: so long no request has come. */
const SILENCE_SHARE = 1 / 4;

/** Of a linger: what it may be longer by. */
const MOST_SHARE = 2;

const LOOK_MS = 10;

/**
 * A proxy that sends requests over connections that it has kept has the others for the same, and takes one that is closed
 * meanwhile for one that it may use: a POST that it has sent over it is lost. Each asks once more at most, as the answer says
 * that it was the last; so they become fewer, and a linger goes on until nobody asks, or until nobody is left who could.
 */
export async function awaitSilence(
	silentMs: () => number,
	hasIdle: () => boolean,
	lingerMs: number,
	limitMs: number,
): Promise<void> {
	const untilMs = performance.now() + Math.min(limitMs, lingerMs * MOST_SHARE);
	while (silentMs() < lingerMs * SILENCE_SHARE && performance.now() < untilMs && hasIdle())
		await pause(LOOK_MS);
}
