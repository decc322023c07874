import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";

/** A turn of the event loop that took longer than this had work in it, and something may have arrived meanwhile. */
const BUSY_TURN_MS = 0.5;

/** A process that always has work has no other turns. */
const MOST_BUSY_TURNS = 10;

/**
 * Under load something arrives in every turn: so much is enough. Both have to be over, for in a process that gets no
 * processor time passes without a turn. As many turns as connections may wait to be taken (`backlog` of Node's `listen()`).
 */
const ENOUGH = { ms: 1_000, turns: 511 };

/** Tells how much is left of `limitMs`; nothing where as many have been taken as may have waited now. */
export function takingMs(arrived: () => number, limitMs: number): () => number {
	const startedAtMs = performance.now();
	const before = arrived();
	return () => {
		const elapsedMs = performance.now() - startedAtMs;
		if (elapsedMs > ENOUGH.ms && arrived() - before > ENOUGH.turns) return 0;
		return Math.max(0, limitMs - elapsedMs);
	};
}

/** The shortest sleep. */
const NAP_MS = 1;

/**
 * Resolves right behind a turn of the event loop in which nothing has arrived, or with false after `limitMs`. A turn with
 * work in it counts where there were `mostBusyTurns` of them. What waits in the system when something is closed is reset by
 * the kernel, and a proxy may have sent its request along already: a timer runs before what has arrived is read, and of the
 * connections that wait Node takes one in a turn.
 *
 * On a busy machine the system takes the processor away from whoever has used up its share, as one has that has just taken
 * all that came; and what arrives between that turn and the close is reset then. One that has slept has a whole share.
 */
export async function quietMoment(
	arrived: () => number,
	limitMs: number,
	mostBusyTurns: number = MOST_BUSY_TURNS,
): Promise<boolean> {
	const untilMs = performance.now() + limitMs;
	if (!(await quietTurn(arrived, limitMs, mostBusyTurns))) return false;
	await pause(NAP_MS);
	return quietTurn(arrived, untilMs - performance.now(), mostBusyTurns);
}

export async function quietTurn(
	arrived: () => number,
	limitMs: number,
	mostBusyTurns: number = MOST_BUSY_TURNS,
): Promise<boolean> {
	const startedAtMs = performance.now();
	// The turn that we are in may be over before it reads anything.
	await turn();
	for (let turns = 0, busyTurns = 0; ; turns++) {
		const before = arrived();
		const turnAtMs = performance.now();
		await turn();
		const nowMs = performance.now();
		if (arrived() > before) busyTurns = 0;
		else if (nowMs - turnAtMs < BUSY_TURN_MS || ++busyTurns === mostBusyTurns) return true;
		const elapsedMs = nowMs - startedAtMs;
		if (elapsedMs > limitMs || (elapsedMs > ENOUGH.ms && turns > ENOUGH.turns)) return false;
	}
}
