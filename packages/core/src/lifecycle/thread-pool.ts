import { setTimeout as pause } from "node:timers/promises";

/** As `process.getActiveResourcesInfo()` names what Node's threads do: names to look up, by `getaddrinfo`, and files. */
const LOOKUPS: readonly string[] = ["GetAddrInfoReqWrap", "GetNameInfoReqWrap"];
const FILES: readonly string[] = ["FSReqCallback", "FSReqPromise"];

const LOOK_MS = 5;

const isBusyWith = (kinds: readonly string[]): boolean =>
	process.getActiveResourcesInfo().some((kind) => kinds.includes(kind));

/** Whether a name is being looked up: where no server answers that takes many seconds, and nobody can take it back. */
export const isLookingUp = (): boolean => isBusyWith(LOOKUPS);

/** Resolves when nothing is being read from a file, or written, and not later than `withinMs`. */
export async function filesDone(withinMs: number): Promise<void> {
	const untilMs = performance.now() + withinMs;
	while (isBusyWith(FILES) && performance.now() < untilMs) await pause(LOOK_MS);
}
