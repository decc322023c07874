import { setTimeout as pause } from "node:timers/promises";
import { describeError } from "../log/describe-error.ts";
import { abandon } from "../log/destination.ts";
import { flushLog } from "../log/flush.ts";
import { writeStderr } from "../log/line-writer.ts";
import type { Logger } from "../log/logger.ts";
import { endInPlace } from "./end-in-place.ts";
import { areThreadsIdle, filesDone, isLookingUp } from "./thread-pool.ts";

/** Of the time there is, what letting go of a log may take, behind which its worker threads end. */
const LETTING_GO = { share: 0.45, mostMs: 1_000 };

/** What the exit keeps for itself. */
const EXIT_MS = 50;

/** How long a process may stand still, deaf to signals. */
export const STANDSTILL_MS = 3_000;

/**
 * Ends the process within `withinMs`, with what the program's logger holds written, or given up, which is told on standard
 * error. `code` is asked at the last moment: something may fail meanwhile. Nothing is waited for any longer that does not
 * end by itself: a log that was given up, a name that is looked up, and where the time is over, or somebody will not wait
 * (`isForced`), whatever Node's threads are still at behind a moment.
 */
export async function leave(
	log: Logger,
	code: () => number,
	withinMs: number,
	isForced: boolean,
): Promise<void> {
	const untilMs = performance.now() + withinMs;
	const limitMs = (): number => Math.max(0, untilMs - performance.now() - EXIT_MS);
	const { late, failed } = await flushLog(
		log,
		withinMs - Math.min(withinMs * LETTING_GO.share, LETTING_GO.mostMs),
	);
	const lost = [...failed, ...late];
	if (late.length > 0) writeStderr("the log was given up: nobody took its last lines\n");
	if (lost.length > 0) await Promise.race([Promise.allSettled(lost.map(abandon)), pause(limitMs())]);
	const isGivenUp = late.length > 0;
	// Who ends in place cuts what is being written; a write of the log's stands, and would be waited for in vain.
	if (!isGivenUp && (isForced || isLookingUp())) await filesDone(limitMs());
	const isInPlace = isGivenUp || isLookingUp() || (isForced && !(await areThreadsIdle(limitMs())));
	exitNow(code(), Math.min(untilMs - performance.now(), STANDSTILL_MS), isInPlace);
}

/**
 * A listener for `exit` that throws makes `process.exit` throw; at the second call none is asked. Those that wait for
 * another thread do so for `waitMs` at most.
 */
function exitNow(code: number, waitMs: number, isInPlace: boolean): void {
	const unlimit = limitWaits(waitMs);
	// What `process.exit` calls behind all listeners; those of signal-exit are among them.
	const ending = process as unknown as { reallyExit: (code: number) => void };
	const { reallyExit } = ending;
	if (isInPlace) {
		ending.reallyExit = (due) => {
			endInPlace(due);
			reallyExit.call(process, due);
		};
	}
	try {
		process.exit(code);
	} catch (error) {
		writeStderr(`a listener for exit threw: ${describeError(error).message}\n`);
		process.exit(code);
	} finally {
		// Somebody has replaced it by something that comes back, such as a test's mock.
		unlimit();
		ending.reallyExit = reallyExit;
	}
}

/**
 * pino waits at the exit, in ten waits of a second, for a transport that writes to a pipe which nobody reads; whether it is
 * through cannot be asked, as a transport says that it has written what it only holds. There is no other way into a wait
 * than the function itself.
 */
function limitWaits(waitMs: number): () => void {
	const { wait } = Atomics;
	const untilMs = performance.now() + waitMs;
	const limited = (...[array, index, value, timeoutMs]: Waited): ReturnType<typeof wait> => {
		const leftMs = untilMs - performance.now();
		// Whoever waits again and again, for a pipe to take what it holds, would do so for ever.
		if (leftMs <= 0) throw new Error("there is no time left to wait");
		// No time, or none that is a number, is for ever.
		return wait(array, index, value, Number(timeoutMs) < leftMs ? timeoutMs : leftMs);
	};
	// It may be frozen.
	const put = (to: unknown): void => void Reflect.set(Atomics, "wait", to);
	put(limited);
	return () => put(wait);
}

type Waited = [array: Int32Array, index: number, value: number, timeoutMs?: number];
