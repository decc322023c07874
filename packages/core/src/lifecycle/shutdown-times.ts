import { STANDSTILL_MS } from "./exit.ts";

// How a shutdown parts its time, where there is little: what comes behind the deadline has to fit into the fifth of a grace,
// two seconds at most, that a deadline leaves of it.

/** What leaving takes: behind a deadline too there are last lines, and a log that is to be flushed. */
export const LEAVING_MS = 500;
const LEAVING_SHARE = 1 / 5;

/** What those closers may take that have not run at the deadline. */
const LAST_CLOSERS = { share: 1 / 10, mostMs: 400 };

/** Of the time to leave, what the lines about what was late wait for a reader. */
export const LATE_LINES: number = 1 / 4;

/** And of what is left then, those behind them. */
const LAST_LINES = { share: 1 / 2, mostMs: STANDSTILL_MS };

export const lastClosersMs = (ownMs: number): number =>
	Math.min(ownMs * LAST_CLOSERS.share, LAST_CLOSERS.mostMs);

/**
 * What one closer may have: all that is left; and behind the deadline its part of a last moment, which one that hangs
 * would take from the others.
 */
export const closerMs = (leftMs: number, lastMs: number, waiting: number): number =>
	leftMs > lastMs ? leftMs : Math.max(leftMs, (leftMs + lastMs) / waiting);

export const leavingMs = (ownMs: number, hasClosers: boolean): number =>
	Math.min(ownMs * LEAVING_SHARE, LEAVING_MS + (hasClosers ? LAST_CLOSERS.mostMs : 0));

export const lastLinesMs = (leftMs: number): number => Math.min(leftMs * LAST_LINES.share, LAST_LINES.mostMs);

/**
 * A primary that gave up with its workers would not see how they end. They hear of the signal later and all at once, each
 * with its log to flush; the grace leaves a fifth for this, and two seconds at most: half of it is theirs.
 */
export function forWorkersMs(deadlineMs: number): number {
	return Math.min(1_000, deadlineMs / 8);
}
