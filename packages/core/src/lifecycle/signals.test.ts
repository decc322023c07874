import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { listenForSignals } from "./signals.ts";

/** A process that hears signals: what it did, and a clock for the time between them. */
function listening(
	t: TestContext,
	signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"],
	isTold = false,
) {
	const done: string[] = [];
	let nowMs = 1_000;
	t.mock.method(performance, "now", () => nowMs);
	const log = { info: () => {}, warn: () => {} };
	const engine = listenForSignals({
		signals,
		isTold: () => isTold,
		log: () => log as never,
		begin: (signal) => done.push(`begin ${signal}`),
		leave: (code) => done.push(`exit ${code()}`),
	});
	t.after(() => engine.uninstall());
	return {
		done,
		engine,
		hear(signal: NodeJS.Signals, afterMs = 0): void {
			nowMs += afterMs;
			process.emit(signal, signal);
		},
	};
}

describe("signals", () => {
	for (const signal of ["SIGTERM", "SIGINT"] as const) {
		test(`${signal} begins the shutdown`, (t) => {
			const { done, hear } = listening(t);
			hear(signal);
			assert.deepEqual(done, [`begin ${signal}`]);
		});
	}

	test("a repeated SIGTERM changes nothing, however often it comes", (t) => {
		const { done, hear } = listening(t);
		for (const afterMs of [0, 0, 10, 1_000, 60_000]) hear("SIGTERM", afterMs);
		assert.deepEqual(done, ["begin SIGTERM"]);
	});

	test("a second Ctrl-C exits with 130", (t) => {
		const { done, hear } = listening(t);
		hear("SIGINT");
		hear("SIGINT", 500);
		assert.deepEqual(done, ["begin SIGINT", "exit 130"]);
	});

	test("npm's echo of the first Ctrl-C is ignored", (t) => {
		const { done, hear } = listening(t);
		hear("SIGINT");
		hear("SIGINT", 1);
		hear("SIGINT", 498);
		assert.deepEqual(done, ["begin SIGINT"]);
	});

	test("an echo does not put off the second Ctrl-C", (t) => {
		const { done, hear } = listening(t);
		hear("SIGINT");
		hear("SIGINT", 400);
		hear("SIGINT", 400);
		assert.deepEqual(done, ["begin SIGINT", "exit 130"]);
	});

	test("a SIGTERM after a Ctrl-C changes nothing", (t) => {
		const { done, hear } = listening(t);
		hear("SIGINT");
		hear("SIGTERM", 2_000);
		assert.deepEqual(done, ["begin SIGINT"]);
	});

	test("a Ctrl-C after a SIGTERM exits with 130", (t) => {
		const { done, hear } = listening(t);
		hear("SIGTERM");
		hear("SIGINT", 1);
		assert.deepEqual(done, ["begin SIGTERM", "exit 130"]);
	});

	test("in a process that is told, one Ctrl-C may come behind what its primary makes of it", (t) => {
		const { done, hear } = listening(t, undefined, true);
		hear("SIGTERM");
		hear("SIGINT", 498);
		hear("SIGTERM", 1);
		assert.deepEqual(done, ["begin SIGTERM"]);
		hear("SIGINT", 1);
		assert.deepEqual(done, ["begin SIGTERM", "exit 130"]);
	});

	test("only those that were chosen are heard", (t) => {
		const before = process.listenerCount("SIGINT");
		listening(t, ["SIGTERM"]);
		assert.equal(process.listenerCount("SIGINT"), before);
	});

	test("after uninstalling the process hears nothing and has no listener of ours", (t) => {
		const before = [process.listenerCount("SIGTERM"), process.listenerCount("SIGINT")];
		const { done, engine, hear } = listening(t);
		engine.uninstall();
		hear("SIGTERM");
		assert.deepEqual(done, []);
		assert.deepEqual([process.listenerCount("SIGTERM"), process.listenerCount("SIGINT")], before);
	});
});
