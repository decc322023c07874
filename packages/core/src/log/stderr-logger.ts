import { writeStderr } from "./line-writer.ts";
import type { Logger } from "./logger.ts";
import { redact, redactMessage } from "./redaction.ts";

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
type Bindings = Readonly<Record<string, unknown>>;

/**
 * What is left where pino cannot be loaded: the files of a program may be replaced beneath it, and its descriptors used
 * up. A shutdown goes its way all the same, and tells of it on standard error, from level info on.
 */
export function createStderrLogger(bindings: Bindings = {}): Logger {
	const write =
		(level: number) =>
		(...given: unknown[]): void => {
			const [first, second] = given;
			const [fields, msg] = typeof first === "object" && first !== null ? [first, second] : [{}, first];
			const line = redact({ ...bindings, ...fields });
			const text = msg === undefined ? undefined : redactMessage(String(msg));
			writeStderr(`${JSON.stringify({ level, time: Date.now(), pid: process.pid, ...line, msg: text })}\n`);
		};
	const logger = {
		level: "info",
		isLevelEnabled: (level: keyof typeof LEVELS) => LEVELS[level] >= LEVELS.info,
		trace() {},
		debug() {},
		info: write(LEVELS.info),
		warn: write(LEVELS.warn),
		error: write(LEVELS.error),
		fatal: write(LEVELS.fatal),
		silent() {},
		child: (more: Bindings) => createStderrLogger({ ...bindings, ...more }),
		bindings: () => bindings,
		flush: (done?: () => void) => done?.(),
	};
	return logger as unknown as Logger;
}
