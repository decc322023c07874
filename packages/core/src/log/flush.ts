import { setTimeout as pause } from "node:timers/promises";
import { abandonDestination, destinationOf } from "./destination.ts";
import { writeStderr } from "./line-writer.ts";
import type { Logger } from "./logger.ts";

/** Of the time it has, what a logger may take to let go of what nobody takes, and how much of it at most. */
const ABANDON = { share: 1 / 8, mostMs: 250 };

/**
 * Resolves when the logger has written what it holds; where nobody takes it in time, when it has been let go, which is
 * told on standard error; never rejects, and not later than `withinMs`. The process may exit then.
 *
 * A reader that is slow and one that has gone look the same from here, so that both get all the time there is.
 */
export async function flushLog(log: Logger, withinMs: number): Promise<void> {
	const abandonMs = Math.min(withinMs * ABANDON.share, ABANDON.mostMs);
	const flushMs = withinMs - abandonMs;
	const written = write(log).then(() => true);
	const isWritten = await Promise.race([written, pause(flushMs, false, { ref: true })]);
	if (isWritten) return;
	writeStderr(`the log was given up: nobody took its last lines within ${Math.round(flushMs)} ms\n`);
	const abandoned = abandonDestination(log).catch(() => {});
	await Promise.race([abandoned, pause(abandonMs)]);
}

async function write(log: Logger): Promise<void> {
	try {
		// What it cannot write is lost one way or the other.
		if (typeof log.flush === "function") await new Promise<unknown>((resolve) => log.flush(resolve));
	} catch {}
	const destination = destinationOf(log);
	if (destination?._writing !== true) return;
	await new Promise<void>((resolve) => destination.once?.("drain", resolve));
}
