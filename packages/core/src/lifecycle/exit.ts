import { describeError } from "../log/describe-error.ts";
import { writeStderr } from "../log/line-writer.ts";

/** Who has no budget gives a logger's worker thread this long to write what it was handed. */
const WAIT_MS = 500;

/**
 * Ends the process. A listener for `exit` that throws makes `process.exit` throw; at the second call none is asked. Those
 * that wait for another thread do so for `waitMs` at most.
 */
export function exitNow(code: number, waitMs: number = WAIT_MS): never {
	limitWaits(waitMs);
	try {
		return process.exit(code);
	} catch (error) {
		writeStderr(`a listener for exit threw: ${describeError(error).message}\n`);
		return process.exit(code);
	}
}

/**
 * pino waits at the exit, in ten waits of a second, for a transport that writes to a pipe which nobody reads; whether it is
 * through cannot be asked, as a transport says that it has written what it only holds. There is no other way into a wait
 * than the function itself, and nothing runs behind this that could miss it.
 */
function limitWaits(waitMs: number): void {
	const { wait } = Atomics;
	const untilMs = performance.now() + waitMs;
	Atomics.wait = ((...[array, index, value, timeoutMs = Number.POSITIVE_INFINITY]: Waited) =>
		wait(array, index, value, Math.max(0, Math.min(timeoutMs, untilMs - performance.now())))) as typeof wait;
}

type Waited = [array: Int32Array, index: number, value: number, timeoutMs?: number];
