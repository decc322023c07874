import { checkCall, flag, milliseconds } from "./checks.ts";
import type { ReadinessCheck, ReadinessCheckOptions } from "./health/readiness.ts";
import type { StartupTask, StartupTaskOptions } from "./health/startup.ts";
import { currentRuntime } from "./runtime/current.ts";

export type { ReadinessCheck, ReadinessCheckOptions } from "./health/readiness.ts";
export type { StartupTask, StartupTaskOptions } from "./health/startup.ts";

/**
 * Asks a dependency before `/readyz` says yes. At most once in `ttlMs` and never twice at a time, however many probes
 * come; an answer that takes longer than `timeoutMs` is a no. Liveness never asks. Returns the function that takes the
 * check away again.
 */
export function addReadinessCheck(
	name: string,
	check: ReadinessCheck,
	options?: ReadinessCheckOptions,
): () => void {
	checkCall("addReadinessCheck", name, check, options, {
		timeoutMs: milliseconds({ min: 1, example: 1_000 }),
		ttlMs: milliseconds({ example: 1_000 }),
		isCritical: flag(false),
	});
	return currentRuntime().readiness.add(name, check, options);
}

/**
 * Tries something that has to work once before the process may serve, such as the first connection to a database, again
 * and again with growing waits. Until it has worked `/startupz` and `/readyz` are 503; after `timeoutMs` (60 s) the
 * process ends with 1 (STARTUP_FAILED), unless crashes are the program's affair. The promise rejects then, and where a shutdown comes first.
 */
export function addStartupTask(name: string, task: StartupTask, options?: StartupTaskOptions): Promise<void> {
	checkCall("addStartupTask", name, task, options, {
		timeoutMs: milliseconds({ min: 1, example: 60_000 }),
		attemptTimeoutMs: milliseconds({ min: 1, example: 5_000 }),
	});
	const done = currentRuntime().startup.add(name, task, options);
	// Nobody has to wait for it: the process knows.
	done.catch(() => {});
	return done;
}
