import { setTimeout as pause } from "node:timers/promises";
import { describeError } from "../log/describe-error.ts";
import { abandon } from "../log/destination.ts";
import { flushLog } from "../log/flush.ts";
import { writeStderr } from "../log/line-writer.ts";
import type { Logger } from "../log/logger.ts";

/** Of the time there is, what letting go of a log may take, behind which its worker threads end. */
const LETTING_GO = { share: 0.45, mostMs: 1_000 };

/** What the exit keeps for itself. */
const EXIT_MS = 50;

/** How long a process may stand still, deaf to signals. */
export const STANDSTILL_MS = 3_000;

/**
 * Ends the process within `withinMs`, with what the program's logger holds written, or given up, which is told on standard
 * error. `code` is asked at the last moment: something may fail meanwhile.
 */
export async function leave(log: Logger, code: () => number, withinMs: number): Promise<void> {
	const untilMs = performance.now() + withinMs;
	const { late, failed } = await flushLog(
		log,
		withinMs - Math.min(withinMs * LETTING_GO.share, LETTING_GO.mostMs),
	);
	const lost = [...failed, ...late];
	if (late.length > 0) writeStderr("the log was given up: nobody took its last lines\n");
	if (lost.length > 0) {
		const limitMs = Math.max(0, untilMs - performance.now() - EXIT_MS);
		await Promise.race([Promise.allSettled(lost.map(abandon)), pause(limitMs)]);
	}
	exitNow(code(), Math.min(untilMs - performance.now(), STANDSTILL_MS), lost.length > 0);
}

/**
 * A listener for `exit` that throws makes `process.exit` throw; at the second call none is asked. Those that wait for
 * another thread do so for `waitMs` at most.
 */
function exitNow(code: number, waitMs: number, mayStand: boolean): void {
	const unlimit = limitWaits(waitMs);
	const end = (): void => {
		if (mayStand) endInPlace(code);
	};
	process.on("exit", end);
	try {
		process.exit(code);
	} catch (error) {
		writeStderr(`a listener for exit threw: ${describeError(error).message}\n`);
		end();
		process.exit(code);
	} finally {
		// Somebody has replaced it by something that comes back, such as a test's mock.
		unlimit();
		process.off("exit", end);
	}
}

/**
 * A write that stands in the system, such as into a pipe which blocks, has a thread of Node's. Behind the listeners for
 * `exit` Node waits for its threads, deaf to all but a kill, and nobody can ask which of them stand. A program that takes
 * the place of this one has none, and ends with the code that is due. Node can do so since 22.15, and not on Windows.
 */
function endInPlace(code: number): void {
	const { accessSync, constants } = process.getBuiltinModule("node:fs");
	try {
		accessSync(SHELL, constants.X_OK);
		process.execve?.(SHELL, ["sh", "-c", `exit ${code}`], {});
	} catch {
		// No shell, or a program that may start no others: Node's own end is all there is.
	}
}

const SHELL = "/bin/sh";

/**
 * pino waits at the exit, in ten waits of a second, for a transport that writes to a pipe which nobody reads; whether it is
 * through cannot be asked, as a transport says that it has written what it only holds. There is no other way into a wait
 * than the function itself.
 */
function limitWaits(waitMs: number): () => void {
	const { wait } = Atomics;
	const untilMs = performance.now() + waitMs;
	Atomics.wait = ((...[array, index, value, timeoutMs = Number.POSITIVE_INFINITY]: Waited) => {
		const leftMs = untilMs - performance.now();
		// Whoever waits again and again, for a pipe to take what it holds, would do so for ever.
		if (leftMs <= 0) throw new Error("there is no time left to wait");
		return wait(array, index, value, Math.min(timeoutMs, leftMs));
	}) as typeof wait;
	return () => {
		Atomics.wait = wait;
	};
}

type Waited = [array: Int32Array, index: number, value: number, timeoutMs?: number];
