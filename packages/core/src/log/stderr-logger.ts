import { writeStderr } from "./line-writer.ts";
import type { Logger } from "./logger.ts";
import { redact, redactMessage } from "./redaction.ts";

const LEVELS: Readonly<Record<string, number>> = {
	trace: 10,
	debug: 20,
	info: 30,
	warn: 40,
	error: 50,
	fatal: 60,
};

type Bindings = Readonly<Record<string, unknown>>;

/**
 * What is left where pino cannot be loaded: the files of a program may be replaced beneath it, and its descriptors used
 * up. Its lines are pino's, on standard error.
 */
export function createStderrLogger(level: string, bindings: Bindings = {}): Logger {
	function write(name: string, first: unknown, message: unknown): void {
		if (!logger.isLevelEnabled(name)) return;
		const isFields = typeof first === "object" && first !== null;
		const fields = redact({ ...bindings, ...(isFields ? first : {}) });
		const msg = redactMessage(isFields ? message : first);
		const line = { level: LEVELS[name], time: Date.now(), pid: process.pid, ...fields, msg };
		writeStderr(`${JSON.stringify(line)}\n`);
	}
	const logger = {
		level,
		// Silent is no level, and above all of them.
		isLevelEnabled: (name: string) => LEVELS[name]! >= (LEVELS[logger.level] ?? Number.POSITIVE_INFINITY),
		...Object.fromEntries(
			Object.keys(LEVELS).map((name) => [
				name,
				(first: unknown, message?: unknown) => write(name, first, message),
			]),
		),
		silent() {},
		bindings: () => bindings,
		child: (more: Bindings) => createStderrLogger(logger.level, { ...bindings, ...more }),
		flush: (done?: () => void) => done?.(),
	};
	return logger as unknown as Logger;
}
