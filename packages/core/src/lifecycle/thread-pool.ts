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

/**
 * Whether Node's threads are through with what they have in hands, or will be in a moment: nothing is being read from a
 * file, or written, and no queue of hashes or the like stands before a job of ours. Of those Node does not tell.
 */
export async function threadsDone(withinMs: number): Promise<boolean> {
	const untilMs = performance.now() + Math.min(withinMs, MOMENT_MS);
	let isAnswered = false;
	randomBytes(1, () => {
		isAnswered = true;
	});
	const isDone = (): boolean => isAnswered && !isBusyWith(FILES);
	do await pause(LOOK_MS);
	while (!isDone() && performance.now() < untilMs);
	return isDone();
}
