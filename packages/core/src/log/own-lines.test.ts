import assert from "node:assert/strict";
import { tracingChannel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { describe, type TestContext, test } from "node:test";
import type { LoggerOptions } from "pino";
import { createLogger } from "./logger.ts";
import { ownLinesOf } from "./own-lines.ts";

const require = createRequire(import.meta.url);
const REST = ',"status":200,"msg":"request completed"}\n';

function opened() {
	const lines: string[] = [];
	const log = createLogger({ level: "info", format: "json", write: (line) => lines.push(line) });
	return { log, lines, own: ownLinesOf(log)! };
}

/** pino as a tool changes it that hooks into modules. */
function changed(
	t: TestContext,
	change: (options: LoggerOptions, stream: object) => [LoggerOptions, object],
) {
	const entry = require.cache[require.resolve("pino")]!;
	const { exports } = entry;
	const { pino } = exports as typeof import("pino");
	const hooked = (options: LoggerOptions, stream: object) =>
		pino(...(change(options, stream) as [never, never]));
	entry.exports = { ...exports, pino: Object.assign(hooked, pino) };
	t.after(() => {
		entry.exports = exports;
	});
}

describe("a line that pino is not asked for", () => {
	test("has in front what pino puts there, and its own time", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: 1_700_000_000_000 });
		const { log, lines, own } = opened();
		assert.equal(own.collect(REST), true);
		t.mock.timers.tick(5);
		assert.equal(own.collect(REST), true);
		log.info({ status: 200 }, "request completed");
		assert.equal(lines.length, 3, "reading what pino puts in front writes nothing");
		assert.equal(lines[1], lines[2]);
		assert.deepEqual(
			lines.map((line) => JSON.parse(line).time),
			[1_700_000_000_000, 1_700_000_000_005, 1_700_000_000_005],
		);
	});

	test("is whole where a clock begins at nothing", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: 0 });
		const { lines, own } = opened();
		own.collect(REST);
		assert.equal(JSON.parse(lines[0]!).time, 0);
	});

	test("is pino's where a tool adds to its lines", (t) => {
		changed(t, (options, stream) => [{ ...options, mixin: () => ({ trace_id: "abc" }) }, stream]);
		const { lines, own } = opened();
		assert.equal(own.collect(REST), false);
		own.collectByPino({ status: 200 }, "request completed");
		assert.equal(JSON.parse(lines[0]!).trace_id, "abc");
	});

	test("is pino's where a tool takes its lines elsewhere too", (t) => {
		const taken: string[] = [];
		changed(t, (options, stream) => [
			options,
			{
				write(line: string) {
					taken.push(line);
					(stream as { write(line: string): void }).write(line);
				},
			},
		]);
		const { lines, own } = opened();
		assert.equal(own.collect(REST), false);
		own.collectByPino({ status: 200 }, "request completed");
		assert.deepEqual([taken.length, lines.length], [1, 1]);
	});

	test("is pino's while somebody listens to its channel", (t) => {
		const { own } = opened();
		const heard = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} };
		const channel = tracingChannel("pino_asJson");
		channel.subscribe(heard);
		t.after(() => channel.unsubscribe(heard));
		assert.equal(own.collect(REST), false);
		channel.unsubscribe(heard);
		assert.equal(own.collect(REST), true);
	});

	test("is there for a logger of ours that writes JSON, and for no other", () => {
		assert.equal(ownLinesOf(createLogger({ level: "info", format: "readable" })), undefined);
		assert.equal(ownLinesOf(opened().log.child({})), undefined);
	});
});
