import { type TestContext, test } from "node:test";
import type { Kind } from "./kinds.ts";

/**
 * How a group of scenarios runs: several programs at a time, and none for ever. Each test has a time of its own
 * (`--test-timeout`); that of a group only keeps it within its suite's, because a busy machine runs them all, but later.
 */
export const TOGETHER = { concurrency: 4, timeout: 570_000 } as const;

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
