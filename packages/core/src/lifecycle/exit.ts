import { describeError } from "../log/describe-error.ts";
import { flushLog } from "../log/flush.ts";
import { writeStderr } from "../log/line-writer.ts";
import type { Logger } from "../log/logger.ts";

/** Of the time it has, what an exit keeps for itself: a worker thread ends its file or its connection then. */
const EXIT = { share: 1 / 8, mostMs: 500 };

/** Ends the process within `withinMs`, with what the program's logger holds written, or given up. */
export async function leave(log: Logger, code: number, withinMs: number): Promise<void> {
	const untilMs = performance.now() + withinMs;
	await flushLog(log, withinMs - Math.min(withinMs * EXIT.share, EXIT.mostMs));
	exitNow(code, untilMs - performance.now());
}

/**
 * A listener for `exit` that throws makes `process.exit` throw; at the second call none is asked. Those that wait for
 * another thread do so for `waitMs` at most.
 */
function exitNow(code: number, waitMs: number): void {
	const unlimit = limitWaits(waitMs);
	try {
		process.exit(code);
	} catch (error) {
		writeStderr(`a listener for exit threw: ${describeError(error).message}\n`);
		process.exit(code);
	} finally {
		// Somebody has replaced it by something that comes back, such as a test's mock.
		unlimit();
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
