import { type Check, objectWith } from "../checks.ts";

const LOGGER = objectWith(["info", "error", "child"], "pino()");

/** A logger of the program's. What its methods take first no property tells: one that differs is known by others. */
export const PROGRAM_LOGGER: Check = {
	...LOGGER,
	expected: `${LOGGER.expected} that take (fields, message), as pino's do and winston's do not`,
	accepts: (value) => LOGGER.accepts(value) && !isWinston(value as Record<string, unknown>),
};

/** It takes the message first: of our lines it would keep the fields, and no text. The module itself is a logger too. */
function isWinston({ transports, startTimer }: Readonly<Record<string, unknown>>): boolean {
	return typeof transports === "object" && typeof startTimer === "function";
}
