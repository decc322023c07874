import type { InspectOptions } from "node:util";
import { type Code, configError, type Fault } from "./errors.ts";

const { inspect } = process.getBuiltinModule("node:util");

/** What an option accepts, as data: `expected` completes the sentence "takes ...", `example` is what to type. */
export interface Check {
	readonly expected: string;
	readonly example: string;
	readonly accepts: (value: unknown) => boolean;
	/** What was probably meant by a value that is refused, as it is typed. */
	readonly meant?: (value: unknown) => string | undefined;
	/** A value that no message may show. */
	readonly isSecret?: boolean;
}

/** One check for each key of a room's settings. */
export type Checks<Settings> = { readonly [Key in keyof Settings]-?: Check };

/** A duration, a count or a size: a whole number within bounds. */
export function wholeNumber(bounds: { min: number; max?: number; example: number; unit?: string }): Check {
	const { min, max = Number.MAX_SAFE_INTEGER, example, unit } = bounds;
	const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
	return {
		expected: `a whole number ${range}${unit === undefined ? "" : ` (${unit})`}`,
		example: String(example),
		accepts: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
	};
}

/** Longest delay that a timer of Node can hold; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function milliseconds(bounds: { min?: number; example: number }): Check {
	return wholeNumber({ min: 0, max: MAX_TIMER_MS, unit: "milliseconds", ...bounds });
}

export function oneOf(values: readonly string[]): Check {
	return {
		expected: `one of ${values.map((value) => `"${value}"`).join(", ")}`,
		example: `"${values[0]}"`,
		accepts: (value) => typeof value === "string" && values.includes(value),
	};
}

export function flag(example: boolean): Check {
	return {
		expected: "true or false",
		example: String(example),
		accepts: (value) => typeof value === "boolean",
	};
}

export function callback(example: string): Check {
	return { expected: "a function", example, accepts: (value) => typeof value === "function" };
}

/** Text that a pattern describes; `expected` says in words what the pattern says. */
export function text(pattern: RegExp, expected: string, example: string): Check {
	return {
		expected,
		example: `"${example}"`,
		accepts: (value) => typeof value === "string" && pattern.test(value),
	};
}

/** A path that is matched exactly. */
export function exactPath(example: string): Check {
	return text(/^\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-]$/, "a path", example);
}

export function listOf(item: Check): Check {
	return {
		expected: `a list, each ${item.expected}`,
		example: `[${item.example}]`,
		accepts: (value) => Array.isArray(value) && Array.from(value).every(item.accepts),
	};
}

export function either(...checks: readonly [Check, ...Check[]]): Check {
	return {
		expected: checks.map((check) => check.expected).join(", or "),
		example: checks[0].example,
		accepts: (value) => checks.some((check) => check.accepts(value)),
	};
}

/** An object that has these methods, such as a store or a logger. */
export function objectWith(methods: readonly string[], example: string): Check {
	return {
		expected: `an object with ${methods.map((method) => `${method}()`).join(", ")}`,
		example,
		accepts: (value) =>
			typeof value === "object" &&
			value !== null &&
			methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function"),
	};
}

/** An object of options that the library beneath judges itself. */
export function libraryOptions(library: string, example: string): Check {
	return {
		expected: `what ${library} takes there`,
		example,
		accepts: (value) => typeof value === "boolean" || (typeof value === "object" && value !== null),
	};
}

/** Judges a call such as `onShutdown("database", close, { timeoutMs })`. Throws one error with all faults. */
export function checkCall<Options extends object>(
	call: string,
	name: unknown,
	run: unknown,
	options: Options | undefined,
	checks: Checks<Options>,
): void {
	const faults: Fault[] = [];
	const fault = (code: Code, problem: string, hint: string): number =>
		faults.push({ code, at: call, problem, hint });
	const example = `${call}("database", () => ...)`;
	if (typeof name !== "string" || name === "") fault("OPTION_INVALID", "takes a name first", example);
	else if (typeof run !== "function") fault("OPTION_INVALID", "takes a function after the name", example);
	for (const [key, value] of Object.entries(options ?? {})) {
		const check = Object.hasOwn(checks, key) ? checks[key as keyof Options] : undefined;
		if (check === undefined)
			fault("OPTION_UNKNOWN", `has no option ${key}`, `one of ${Object.keys(checks).join(", ")}`);
		else if (value !== undefined && !check.accepts(value)) {
			fault(
				"OPTION_INVALID",
				`has ${key}: ${shown(value)}, which takes ${check.expected}`,
				`{ ${key}: ${check.example} }`,
			);
		}
	}
	if (faults.length > 0) throw configError(faults);
}

/** Judges the one argument of a call such as `onDrain(hook)`. */
export function checkArgument(call: string, isRight: boolean, expected: string, example: string): void {
	if (isRight) return;
	throw configError([{ code: "OPTION_INVALID", at: call, problem: `takes ${expected}`, hint: example }]);
}

/** A value as a message may show it: short, on one line. */
export function shown(value: unknown, check?: Check): string {
	if (check?.isSecret) return value === "" ? "an empty text" : `a ${typeof value}`;
	const seen = onOneLine(value, { depth: 0, maxStringLength: 60 });
	return seen.length > 80 ? `${seen.slice(0, 80)}...` : seen;
}

/** A value as `util.inspect` writes it, on one line whatever it is. */
export function onOneLine(value: unknown, options: InspectOptions): string {
	const written = inspect(value, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true });
	return written.replace(/\s+/g, (space) => (space.includes("\n") ? " " : space));
}
