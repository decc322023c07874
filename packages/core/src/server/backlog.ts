import type { Server } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

/** How long to wait at most: under load a queue of connections fills as it is emptied. */
export const BACKLOG_MS = 1_000;

/** A turn of the event loop that took longer than this had work in it, and something may have arrived meanwhile. */
const BUSY_TURN_MS = 0.5;

/**
 * Takes the connections that wait in the system's queue. Node takes one in a turn of the event loop, and what waits when a
 * server stops listening is reset by the kernel: a proxy may have sent its request along already.
 */
export async function takeBacklog(server: Server, limitMs: number): Promise<void> {
	if (!server.listening) return;
	let taken = 0;
	const onConnection = (): void => void taken++;
	const endAtMs = performance.now() + limitMs;
	server.on("connection", onConnection);
	// The turn that we are in may be over before it takes one.
	await turn();
	for (let isQuiet = false; !isQuiet && performance.now() < endAtMs; ) {
		const startedAtMs = performance.now();
		taken = 0;
		await turn();
		isQuiet = taken === 0 && performance.now() - startedAtMs < BUSY_TURN_MS;
	}
	server.off("connection", onConnection);
}
