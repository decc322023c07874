import { setTimeout as pause } from "node:timers/promises";

/** As `process.getActiveResourcesInfo()` names what Node's threads do: names to look up, by `getaddrinfo`, and files. */
const LOOKUPS: readonly string[] = ["GetAddrInfoReqWrap", "GetNameInfoReqWrap"];
const FILES: readonly string[] = ["FSReqCallback", "FSReqPromise"];

const LOOK_MS = 5;

const isBusyWith = (kinds: readonly string[]): boolean =>
	process.getActiveResourcesInfo().some((kind) => kinds.includes(kind));

/** Where a server answers, a name takes no longer. */
const NAME_MS = 1_000;

/** Some programs have a file in hands at all times. */
const FILE_MS = 250;

/**
 * Resolves with whether names are still being looked up after a while: where no server answers that takes many seconds, and
 * nobody can take it back.
 */
export async function isLookingUp(withinMs: number): Promise<boolean> {
	await doneWith(LOOKUPS, Math.min(withinMs, NAME_MS));
	return isBusyWith(LOOKUPS);
}

/** Resolves when nothing is being read from a file, or written, and else after a moment. */
export const filesDone = (withinMs: number): Promise<void> => doneWith(FILES, Math.min(withinMs, FILE_MS));

async function doneWith(kinds: readonly string[], withinMs: number): Promise<void> {
	const untilMs = performance.now() + withinMs;
	while (isBusyWith(kinds) && performance.now() < untilMs) await pause(LOOK_MS);
}
