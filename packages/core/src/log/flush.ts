import { setTimeout as pause } from "node:timers/promises";
import { abandonDestination, destinationOf } from "./destination.ts";
import type { Logger } from "./logger.ts";

/** How long a logger may take to let go of what nobody takes. */
const ABANDON_TIMEOUT_MS = 500;

/**
 * Resolves when the logger has written what it holds; where nobody takes it, when it has been let go; never rejects.
 * The process may exit then.
 */
export async function flushLog(log: Logger, timeoutMs: number): Promise<void> {
	const written = write(log).then(() => true);
	const isWritten = await Promise.race([written, pause(timeoutMs, false, { ref: true })]);
	if (isWritten) return;
	const abandoned = abandonDestination(log).catch(() => {});
	await Promise.race([abandoned, pause(ABANDON_TIMEOUT_MS)]);
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
