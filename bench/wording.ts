/** Figures as one reads them. */
import { median } from "./ratios.ts";

export const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const times = (ratio: number): string => ratio.toFixed(2);

/**
 * Nothing that does more is faster: where it looks so, a closed loop of clients has met an order of work that suits it, and
 * one turn of the event loop before the routes makes the bare framework look faster still.
 */
export const shareOfBare = (ratio: number): string => (ratio >= 0.995 ? "1.00, as bare" : times(ratio));

/** The median, and between which values the rounds lay. */
export function range(values: readonly number[], shown: (value: number) => string): string {
	const middle = shown(median(values));
	if (values.length === 1) return middle;
	return `${middle} (${shown(Math.min(...values))} to ${shown(Math.max(...values))})`;
}
