import type { Check } from "./checks.ts";

const AsyncFunction = (async () => {}).constructor;

/** A function of the program's that decides about a request. One that has to wait would hold up every request. */
export function decision(example: string): Check {
	return {
		expected: "a function that answers at once, with true or false (no promise)",
		example,
		accepts: (value) => typeof value === "function" && !(value instanceof AsyncFunction),
	};
}

/**
 * Only `true` is yes: a promise is truthy, whatever will come of it. One that is rejected must not end the process, or
 * whoever makes the function fail could.
 */
export function isYes(answer: unknown): boolean {
	if (typeof answer !== "boolean") Promise.resolve(answer).catch(() => {});
	return answer === true;
}
