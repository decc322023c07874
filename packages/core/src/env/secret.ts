import type { inspect } from "node:util";

const util = process.getBuiltinModule("node:util");

/** What stands where a secret would. */
export const MASK = "[secret]";

/** A text that prints as `[secret]` wherever it is printed; only `reveal()` gives it away. */
export interface Secret {
	/** The text itself, for the library that needs it. */
	reveal(): string;
	toString(): string;
	toJSON(): string;
	[Symbol.toPrimitive](): string;
	[inspect.custom](): string;
}

const concealed = new WeakSet<object>();

/**
 * Wraps a text so that console.log, JSON, templates and loggers show `shown` instead. The text lives in a
 * closure: no property holds it, so neither a debugger's property dump nor a structured clone finds it.
 */
export function conceal(text: string, shown: string = MASK): Secret {
	const mask = (): string => shown;
	const secret = Object.freeze({
		reveal: (): string => text,
		toString: mask,
		toJSON: mask,
		[Symbol.toPrimitive]: mask,
		[util.inspect.custom]: mask,
	});
	concealed.add(secret);
	return secret;
}

export function isSecret(value: unknown): value is Secret {
	return typeof value === "object" && value !== null && concealed.has(value);
}
