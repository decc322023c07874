/** Whether the program says so. A test runner says by it how its tests went. */
export const hasProgramFailed = (): boolean => Number(process.exitCode ?? 0) !== 0;

/**
 * Some closers call `process.exit()` when they are through. What was cut, or has failed, was so all the same: the process ends
 * with 1 then, and `tell` says it. Gives the function that takes it back.
 */
export function keepFailure(hasFailed: () => boolean, tell: () => void): () => void {
	function onExit(code: number): void {
		if (!hasFailed() || code !== 0) return;
		process.exitCode = 1;
		tell();
	}
	process.on("exit", onExit);
	return () => void process.off("exit", onExit);
}
