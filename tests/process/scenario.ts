import { type TestContext, test } from "node:test";
import type { Kind } from "./kinds.ts";

/** How a group of scenarios runs: several programs at a time, and none for ever. */
export const TOGETHER = { concurrency: 4, timeout: 110_000 } as const;

/**
 * Registers one test a kind. Its name begins with the ids of the scenarios that it shows, then the kind: by these the
 * matrix of `docs/lifecycle-matrix.md` finds it.
 */
export function scenario(
	ids: string,
	kinds: readonly Kind[],
	title: string,
	body: (t: TestContext, kind: Kind) => Promise<void> | void,
): void {
	for (const kind of kinds) test(`${ids} ${kind.name}: ${title}`, (t) => body(t, kind));
}
