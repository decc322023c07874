import type { Logger } from "../log/logger.ts";
import { isLoss, type Loss, sayHidden } from "./late.ts";

/** Whether the program says so. A test runner says by it how its tests went. */
export const hasProgramFailed = (): boolean => Number(process.exitCode ?? 0) !== 0;

/**
 * Some programs call `process.exit()` when they are through. What is cut by that, or has failed, is so all the same: the process
 * ends with 1 then, and a line says it. Gives the function that takes it back.
 */
export function keepFailure(hasFailed: () => boolean, loss: () => Loss, log: Logger): () => void {
	function onExit(code: number): void {
		const lost = loss();
		if (code !== 0 || !(hasFailed() || isLoss(lost))) return;
		process.exitCode = 1;
		sayHidden(log, lost);
	}
	process.on("exit", onExit);
	return () => void process.off("exit", onExit);
}
