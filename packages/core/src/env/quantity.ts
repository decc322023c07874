import { type Parser, refuse } from "./parsed.ts";

type Units = Readonly<Record<string, number>>;

/** Milliseconds in a unit. `m` is a minute and `M` nothing, so case matters. */
const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Bytes in a unit; a kilobyte has 1024 bytes, as in Express and nginx. */
const SIZE_UNITS = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const;

/** `30s` to milliseconds. A bare number is refused: half of all readers take it for seconds. */
export const parseDuration: Parser<number> = (text) =>
	quantity(text, DURATION_UNITS) ??
	refuse("is not a duration", "type a whole number and its unit (ms, s, m, h, d): 500ms, 30s, 5m");

/** `512kb` to bytes. A bare number is bytes. */
export const parseByteSize: Parser<number> = (text) =>
	quantity(text.toLowerCase().replace(/\d$/, "$&b"), SIZE_UNITS) ??
	refuse("is not a size", "type a whole number and its unit (b, kb, mb, gb): 512kb, 1mb");

/** Milliseconds as `parseDuration` would take them. */
export function durationText(ms: number): string {
	return quantityText(ms, DURATION_UNITS);
}

/** Bytes as `parseByteSize` would take them. */
export function byteSizeText(bytes: number): string {
	return quantityText(bytes, SIZE_UNITS);
}

function quantity(text: string, units: Units): { value: number } | undefined {
	const [, digits, unit] = /^(0|[1-9]\d*)([a-z]+)$/.exec(text) ?? [];
	// NaN without a match and for an unknown unit: neither is a safe integer.
	const value = Number(digits) * Number(units[unit ?? ""]);
	return Number.isSafeInteger(value) ? { value } : undefined;
}

function quantityText(amount: number, units: Units): string {
	const fitting = Object.entries(units).filter(([, size]) => amount % size === 0 && amount >= size);
	const [unit, size] = fitting.at(-1) ?? Object.entries(units)[0]!;
	return `${amount / size}${unit}`;
}
