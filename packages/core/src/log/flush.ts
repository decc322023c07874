import type { Logger } from "./logger.ts";

/** How long a logger with transports may take to write what it holds. */
const FLUSH_TIMEOUT_MS = 500;

/** Resolves when the logger has written what it holds, or when its time is up; never rejects. */
export function flushLog(log: Logger): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
		const done = (): void => {
			clearTimeout(timer);
			resolve();
		};
		try {
			if (typeof log.flush === "function") log.flush(done);
			else done();
		} catch {
			done();
		}
	});
}
