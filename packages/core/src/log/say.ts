import { writeStderr } from "./line-writer.ts";
import type { Logger } from "./logger.ts";

type Level = "debug" | "info" | "warn" | "error";

/**
 * Writes a line of ours by whatever logger the program has. One that throws, such as a transport whose worker has
 * died, costs the line and not the process: it goes to standard error instead.
 */
export function say(
	log: Logger,
	level: Level,
	fields: Readonly<Record<string, unknown>>,
	message: string,
): void {
	try {
		log[level](fields, message);
	} catch (error) {
		writeStderr(`${message} (the logger threw: ${reasonOf(error)})\n`);
	}
}

function reasonOf(error: unknown): string {
	try {
		return String((error as Error).message);
	} catch {
		return "something unreadable";
	}
}
