import { STANDSTILL_MS } from "./exit.ts";

// How a shutdown parts its time, where there is little: what comes behind the deadline has to fit into what that leaves of a
// grace, a fifth of it, two seconds at most.

/** What leaving takes: behind a deadline too there are last lines, and a log that is to be flushed. */
export const LEAVING_MS = 500;
const LEAVING_SHARE = 1 / 5;

/** What a log has to be flushed whatever came before it. */
export const LEAST_MS = 100;

/** Behind a deadline, of that. */
const GRACE = { share: 1 / 4, mostMs: 2_000 };

/** What those closers may take that have not run at the deadline. */
const LAST_CLOSERS = { share: 1 / 20, mostMs: 400 };

/** Of the time to leave, what the lines about what was late wait for a reader. */
export const LATE_LINES: number = 1 / 4;

/** And of what is left then, those behind them. */
const LAST_LINES = { share: 1 / 2, mostMs: STANDSTILL_MS };

const part = (ofMs: number, { share, mostMs }: { readonly share: number; readonly mostMs: number }): number =>
	Math.min(ofMs * share, mostMs);

export const lastClosersMs = (ownMs: number): number => part(ownMs, LAST_CLOSERS);

export const lastLinesMs = (leftMs: number): number => part(leftMs, LAST_LINES);

/**
 * A primary that gave up with its workers would not see how they end. They hear of the signal later and all at once, each
 * with its log to flush; the grace leaves a fifth for this, and two seconds at most: half of it is theirs.
 */
export const forWorkersMs = (ownMs: number): number => part(ownMs, { share: 1 / 8, mostMs: 1_000 });

/** What comes behind a deadline, of which `givenMs` has been given to workers. */
export function leavingMs(ownMs: number, givenMs: number, hasClosers: boolean): number {
	const mostMs = LEAVING_MS + (hasClosers ? LAST_CLOSERS.mostMs : 0);
	return Math.min(part(ownMs, { share: LEAVING_SHARE, mostMs }), part(ownMs, GRACE) - givenMs);
}

/** What one closer may have: all that is left, or its part of a last moment, which one that hangs would take from the others. */
export const closerMs = (leftMs: number, momentMs: number, waiting: number): number =>
	Math.max(leftMs, momentMs / waiting);
