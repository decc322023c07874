import { setTimeout as pause } from "node:timers/promises";

/**
 * A client that connects has something to ask, and does within this: a handshake, and then the first request, are waited
 * for as long. One that is younger is not idle, and to be reset within a handshake looks like an attack to a client.
 */
export const FIRST_REQUEST_MS = 500;

/** A handshake, and then a request; where clients never stop coming that is enough. */
const LONGEST_MS = 2 * FIRST_REQUEST_MS;

const LOOK_MS = 5;

/** Resolves once those that have just come have asked, or have had the time to, or after `limitMs`. */
export async function awaitNewcomers(hasNewcomers: () => boolean, limitMs: number): Promise<void> {
	const untilMs = performance.now() + Math.min(limitMs, LONGEST_MS);
	while (hasNewcomers() && performance.now() < untilMs) await pause(LOOK_MS);
}
