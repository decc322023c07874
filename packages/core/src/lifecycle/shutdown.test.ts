import assert from "node:assert/strict";
import { test } from "node:test";
import type { Logger } from "../log/logger.ts";
import { createClosers } from "./closers.ts";
import { createPhase } from "./phase.ts";
import { createShutdown } from "./shutdown.ts";
import { createWork } from "./work.ts";

/** What the first line of a shutdown says of its deadline. */
async function deadlineOf(deadlineMs: number, running: number): Promise<unknown> {
	const lines: { deadlineMs?: number; msg: string }[] = [];
	const write = (fields: object, msg: string): void => void lines.push({ ...fields, msg });
	const shutdown = createShutdown({
		phase: createPhase(),
		closers: createClosers(),
		work: createWork(() => {}),
		drainHooks: () => [],
		onBegin: () => {},
		onEnd: () => {},
		policy: () => ({ drainDelayMs: 0, lingerMs: 0, spreadMs: 0, deadlineMs, closerTimeoutMs: 100 }) as never,
		log: () => ({ info: write, error: write }) as unknown as Logger,
		servers: () => [],
		workers: { running: () => running, stop: async () => [] },
		suppressedErrors: () => 0,
		holdsProcess: () => false,
		leave: async () => {},
	});
	assert.equal(await shutdown.begin({ reason: "test" }), 0);
	assert.deepEqual([lines[0]?.msg, lines.at(-1)?.msg], ["shutdown started", "shutdown complete"]);
	return lines[0]?.deadlineMs;
}

test("a primary sees its workers end: an eighth of their time behind them, and no more than half of what a platform leaves", async () => {
	assert.equal(await deadlineOf(4_000, 0), 4_000);
	assert.equal(await deadlineOf(4_000, 2), 4_500);
	assert.equal(await deadlineOf(60_000, 2), 61_000);
});
