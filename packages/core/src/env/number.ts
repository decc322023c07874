import { type Parsed, type Parser, refuse } from "./parsed.ts";

export interface Range {
	readonly min?: number;
	readonly max?: number;
}

/** Digits only: what `Number()` also takes (`0x10`, `1e400`, `NaN`, `007`) is a typing error in a variable. */
const WHOLE = /^-?(?:0|[1-9]\d*)$/;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

export function parseInteger(range: Range = {}): Parser<number> {
	return (text) => inRange("whole number", WHOLE.test(text) ? Number(text) : Number.NaN, range);
}

export function parseNumber(range: Range = {}): Parser<number> {
	return (text) => inRange("number", DECIMAL.test(text) ? Number(text) : Number.NaN, range);
}

/** 0 lets the system choose a free port. */
export const parsePort: Parser<number> = parseInteger({ min: 0, max: 65_535 });

function inRange(what: string, value: number, { min, max }: Range): Parsed<number> {
	const low = min ?? Number.MIN_SAFE_INTEGER;
	const high = max ?? Number.MAX_SAFE_INTEGER;
	// Also false for NaN. Adding 0 makes 0 of -0.
	if (value >= low && value <= high) return { value: value + 0 };
	const from = min === undefined ? "" : ` from ${min}`;
	const to = max === undefined ? "" : ` ${min === undefined ? "up " : ""}to ${max}`;
	return refuse(`is not a ${what}${from}${to}`, `type a ${what}${from}${to} in plain digits`);
}
