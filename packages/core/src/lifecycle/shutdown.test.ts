import assert from "node:assert/strict";
import { test } from "node:test";
import type { Logger } from "../log/logger.ts";
import { createClosers } from "./closers.ts";
import { createPhase, type Phase } from "./phase.ts";
import { createShutdown } from "./shutdown.ts";
import { createWork } from "./work.ts";

interface Seen {
	readonly lines: readonly { readonly deadlineMs?: number; readonly msg: string }[];
	/** When the workers were told. */
	readonly phases: readonly Phase[];
}

/** One of a primary with so many workers. */
async function shutDown(deadlineMs: number, running: number, drainDelayMs = 0): Promise<Seen> {
	const lines: { deadlineMs?: number; msg: string }[] = [];
	const phases: Phase[] = [];
	const write = (fields: object, msg: string): void => void lines.push({ ...fields, msg });
	const phase = createPhase();
	const shutdown = createShutdown({
		phase,
		closers: createClosers(),
		work: createWork(() => {}),
		drainHooks: () => [],
		onBegin: () => {},
		onEnd: () => {},
		policy: () => ({ drainDelayMs, lingerMs: 0, spreadMs: 0, deadlineMs, closerTimeoutMs: 100 }) as never,
		log: () => ({ info: write, error: write }) as unknown as Logger,
		servers: () => [],
		workers: {
			running: () => running,
			async stop() {
				phases.push(phase.phase());
				return [];
			},
		},
		suppressedErrors: () => 0,
		holdsProcess: () => false,
		leave: async () => {},
	});
	// Nothing of a test runner's shutdown holds the process.
	const holding = setTimeout(() => {}, 60_000);
	assert.equal(await shutdown.begin({ reason: "test" }), 0);
	clearTimeout(holding);
	assert.deepEqual([lines[0]?.msg, lines.at(-1)?.msg], ["shutdown started", "shutdown complete"]);
	return { lines, phases };
}

/** What the first line says of its deadline. */
async function deadlineOf(deadlineMs: number, running: number): Promise<unknown> {
	return (await shutDown(deadlineMs, running)).lines[0]?.deadlineMs;
}

test("a primary sees its workers end: an eighth of their time behind them, and no more than half of what a platform leaves", async () => {
	assert.equal(await deadlineOf(4_000, 0), 4_000);
	assert.equal(await deadlineOf(4_000, 2), 4_500);
	assert.equal(await deadlineOf(60_000, 2), 61_000);
});

test("workers are told once: behind the listeners of their primary, or before its drain delay, as they have one too", async () => {
	assert.deepEqual((await shutDown(4_000, 2)).phases, ["closing"]);
	assert.deepEqual((await shutDown(4_000, 2, 10)).phases, ["draining"]);
});
