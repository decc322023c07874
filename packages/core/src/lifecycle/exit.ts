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
	const abandoned = Promise.allSettled([...failed, ...late].map(abandon)).then(() => true);
	let isStuck = false;
	if (late.length > 0) {
		writeStderr("the log was given up: nobody took its last lines\n");
		const limitMs = Math.max(0, untilMs - performance.now() - EXIT_MS);
		isStuck = !(await Promise.race([abandoned, pause(limitMs, false)]));
	}
	exitNow(code(), Math.min(untilMs - performance.now(), STANDSTILL_MS), isStuck);
}

/**
 * A listener for `exit` that throws makes `process.exit` throw; at the second call none is asked. Those that wait for
 * another thread do so for `waitMs` at most.
 *
 * Where a write stands in the system, such as into a pipe that blocks, Node waits for its thread behind the listeners, and
 * nothing ends that but a kill.
 */
function exitNow(code: number, waitMs: number, isStuck: boolean): void {
	const unlimit = limitWaits(waitMs);
	const kill = (): unknown => isStuck && process.kill(process.pid, "SIGKILL");
	process.on("exit", kill);
	try {
		process.exit(code);
	} catch (error) {
		writeStderr(`a listener for exit threw: ${describeError(error).message}\n`);
		kill();
		process.exit(code);
	} finally {
		// Somebody has replaced it by something that comes back, such as a test's mock.
		unlimit();
		process.off("exit", kill);
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
	Atomics.wait = ((...[array, index, value, timeoutMs = Number.POSITIVE_INFINITY]: Waited) =>
		wait(array, index, value, Math.max(0, Math.min(timeoutMs, untilMs - performance.now())))) as typeof wait;
	return () => {
		Atomics.wait = wait;
	};
}

type Waited = [array: Int32Array, index: number, value: number, timeoutMs?: number];
