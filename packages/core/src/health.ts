import { checkCall, flag, milliseconds } from "./checks.ts";
import type { ReadinessCheck, ReadinessCheckOptions } from "./health/readiness.ts";
import { currentRuntime } from "./runtime/current.ts";

export type { ReadinessCheck, ReadinessCheckOptions } from "./health/readiness.ts";

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
