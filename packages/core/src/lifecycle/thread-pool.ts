import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

/** As `process.getActiveResourcesInfo()` names what Node's threads do: names to look up, by `getaddrinfo`, and files. */
const LOOKUPS: readonly string[] = ["GetAddrInfoReqWrap", "GetNameInfoReqWrap"];
const FILES: readonly string[] = ["FSReqCallback", "FSReqPromise"];

const LOOK_MS = 5;

const isBusyWith = (kinds: readonly string[]): boolean =>
	process.getActiveResourcesInfo().some((kind) => kinds.includes(kind));

/** Some programs have a file in hands at all times. */
const MOMENT_MS = 250;

/**
 * Whether a name is being looked up: where no server answers that takes many seconds, and nobody can take it back. It is
 * not waited for at all: a program that hears of it has closed its servers by now, and may fail of that.
 */
export const isLookingUp = (): boolean => isBusyWith(LOOKUPS);

/** Resolves when nothing is being read from a file, or written, and else after a moment. */
export async function filesDone(withinMs: number): Promise<void> {
	const untilMs = performance.now() + Math.min(withinMs, MOMENT_MS);
	while (isBusyWith(FILES) && performance.now() < untilMs) await pause(LOOK_MS);
}

/**
 * Whether Node's threads have nothing in hands: neither a file, nor a queue of hashes or the like, which a job of ours
 * would have to wait for. Of those Node does not tell.
 */
export async function areThreadsIdle(withinMs: number): Promise<boolean> {
	if (isBusyWith(FILES)) return false;
	const job = new Promise<true>((resolve) => randomBytes(1, () => resolve(true)));
	return Promise.race([job, pause(Math.min(withinMs, MOMENT_MS), false)]);
}
