import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Logger } from "../log/logger.ts";
import { countFrequent } from "./frequent.ts";
import { createRefusals, type Refusals, type RefusalsPolicy } from "./refusals.ts";

// biome-ignore lint/suspicious/noExplicitAny: a line holds what was logged.
type Line = Readonly<Record<string, any>>;

/** Refusals by a clock that the test sets; `ask` gives whether a refusal had its line. */
function watched(policy: Partial<RefusalsPolicy> = {}) {
	const lines: Line[] = [];
	const clock = { nowMs: 0 };
	const log = { warn: (fields: Line, msg: string) => lines.push({ ...fields, msg }) } as unknown as Logger;
	const refusals: Refusals = createRefusals(
		() => ({ maxRefusalsPerWindow: 3, refusalWindowMs: 10_000, ...policy }),
		() => log,
		() => clock.nowMs,
	);
	return { refusals, lines, clock, ask: (status = 429, ip = "1.2.3.4") => refusals.admit(status, ip) };
}

describe("lines of refused requests", () => {
	test("L167 a flood has a few lines, and one that counts the rest", (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const { ask, lines } = watched({ maxRefusalsPerWindow: 50 });
		const statuses = [429, 431, 400, 429, 413, 404];
		let written = 0;
		for (let count = 0; count < 10_000; count++) {
			if (ask(statuses[count % statuses.length], `10.0.0.${count % 7}`)) written++;
		}
		assert.equal(written, 50);
		t.mock.timers.tick(10_000);
		assert.equal(lines.length, 1);
		const { refused, byStatus, addresses, code, msg } = lines[0]!;
		assert.deepEqual([code, msg], ["REFUSALS_SUMMED_UP", "more requests were refused"]);
		assert.equal(refused + written, 10_000);
		assert.equal(
			Object.values(byStatus as Record<string, number>).reduce((sum, count) => sum + count),
			refused,
		);
		assert.deepEqual(Object.keys(byStatus), ["400", "404", "413", "429", "431"]);
		assert.equal(addresses.length, 5);
		assert.deepEqual(Object.keys(addresses[0]), ["ip", "atLeast"]);
	});

	test("a status that is new has its first line also in a flood of another", () => {
		const { ask, refusals } = watched();
		for (let count = 0; count < 20; count++) ask(404);
		assert.deepEqual([ask(403), ask(403), ask(429)], [true, false, true]);
		refusals.close();
	});

	test("what stays within its room sets no timer, listens to nothing and tells nothing", (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const before = process.listenerCount("exit");
		const { ask, lines, refusals, clock } = watched();
		for (let window = 0; window < 5; window++) {
			clock.nowMs += 10_000;
			assert.deepEqual([ask(), ask(), ask()], [true, true, true]);
			assert.equal(process.listenerCount("exit"), before);
		}
		t.mock.timers.runAll();
		refusals.close();
		assert.deepEqual(lines, []);
	});

	test("the next window has room again, also where the loop was too busy for the timer", () => {
		const { ask, lines, clock } = watched();
		for (let count = 0; count < 10; count++) ask();
		clock.nowMs = 10_000;
		assert.equal(ask(), true);
		assert.equal(lines[0]!.refused, 7);
	});

	test("at the exit of the process the rest is told, once", () => {
		const { ask, lines, refusals } = watched();
		const before = process.listeners("exit");
		for (let count = 0; count < 10; count++) ask();
		const [listener, ...others] = process.listeners("exit");
		assert.deepEqual(others, before, "ours is the first: a logger's own would end it");
		listener!(0);
		refusals.close();
		assert.deepEqual(
			lines.map(({ refused }) => refused),
			[7],
		);
		assert.deepEqual(process.listeners("exit"), before);
	});

	test("none at all may have a line, or each", () => {
		const none = watched({ maxRefusalsPerWindow: 0 });
		assert.deepEqual([none.ask(), none.ask()], [true, false], "the first of a status has one");
		none.refusals.close();
		const each = watched({ maxRefusalsPerWindow: false });
		for (let count = 0; count < 1_000; count++) assert.equal(each.ask(), true);
	});

	test("a logger that throws costs the line and not the process", (t) => {
		t.mock.method(process.stderr, "write", () => true);
		const log = {
			warn() {
				throw new Error("no log");
			},
		} as unknown as Logger;
		const refusals = createRefusals(
			() => ({ maxRefusalsPerWindow: 0, refusalWindowMs: 1_000 }),
			() => log,
		);
		refusals.admit(400, "");
		refusals.admit(400, "");
		refusals.close();
	});
});

describe("the most frequent addresses", () => {
	test("are found among more than are remembered, however many come before", () => {
		const frequent = countFrequent(100);
		for (let count = 0; count < 10_000; count++) frequent.add(`once-${count}`);
		for (let count = 0; count < 1_000; count++) {
			frequent.add("often");
			frequent.add(`other-${count}`);
		}
		const [[name, atLeast] = []] = frequent.top(1);
		assert.equal(name, "often");
		assert.ok(atLeast! > 800 && atLeast! <= 1_000, String(atLeast));
		assert.ok(frequent.top(10_000).length <= 100);
	});

	test("are counted exactly where they are few", () => {
		const frequent = countFrequent(3);
		for (const name of ["a", "b", "a", "c", "a", "b"]) frequent.add(name);
		assert.deepEqual(frequent.top(2), [
			["a", 3],
			["b", 2],
		]);
	});
});
