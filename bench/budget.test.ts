import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ARMS, inFull } from "./arms.ts";
import { type Budget, boundsFor, FIGURES, faultsOf, overBare } from "./budget.ts";
import { readResults } from "./results.ts";

const ARM = "express ours redis";

test("a figure within its budget is no fault, and one that is over it names itself, the budget and what to run", () => {
	const budget = { [ARM]: { heapBytes: 6_000, modules: 10 } };
	assert.deepEqual(faultsOf(ARM, { heapBytes: 6_000, modules: 10 }, budget), []);
	const [fault, ...others] = faultsOf(ARM, { heapBytes: 7_001, modules: 10 }, budget);
	assert.deepEqual(others, []);
	assert.match(fault!, /express ours redis: heapBytes is 7,001 .* budget is 6,000/);
	assert.match(fault!, /pnpm bench:profile "express ours redis" --what heap --scene small/);
});

test("a figure that nobody gave a budget is a fault", () => {
	assert.match(faultsOf(ARM, { modules: 1 }, {})[0]!, /has no budget/);
});

test("one command too many, or one file, is over the budget that was written before", () => {
	const counted = { redisCommandsSessionRead: 2, redisCommandsBlocked: 0, modules: 317 };
	const budget = { [ARM]: boundsFor(ARM, counted, {}, false) };
	assert.deepEqual(faultsOf(ARM, counted, budget), []);
	for (const [name, value] of Object.entries(counted)) {
		assert.equal(faultsOf(ARM, { ...counted, [name]: value + 1 }, budget).length, 1, name);
	}
});

test("a kilobyte more, or half a system call, is over the budget that was written before", () => {
	const counted = { heapBytes: 6_000, systemCalls: 0.2 };
	const budget = { [ARM]: boundsFor(ARM, counted, {}, false) };
	assert.deepEqual(faultsOf(ARM, counted, budget), []);
	assert.equal(faultsOf(ARM, { ...counted, heapBytes: 7_000 }, budget).length, 1);
	assert.equal(faultsOf(ARM, { ...counted, systemCalls: 0.7 }, budget).length, 1);
});

test("writing lowers a budget, and raises it only when it is told to", () => {
	const budget = { [ARM]: { modules: 10 } };
	assert.deepEqual(boundsFor(ARM, { modules: 8 }, budget, false), { modules: 8 });
	assert.deepEqual(boundsFor(ARM, { modules: 12 }, budget, false), { modules: 10 });
	assert.deepEqual(boundsFor(ARM, { modules: 12 }, budget, true), { modules: 12 });
});

test("a budget stays where its figure could not be counted", () => {
	const budget = { [ARM]: { systemCalls: 1, modules: 10 } };
	assert.deepEqual(boundsFor(ARM, { modules: 8 }, budget, false), { systemCalls: 1, modules: 8 });
});

test("what stands over the bare framework is the arm's less the framework's", () => {
	const bare = { heapBytes: { small: 11, untouched: 12, read: 13 }, modules: 100 };
	const arm = {
		heapBytes: { small: 21, untouched: 32, read: 43 },
		redis: {
			read: { commands: { EVALSHA: 1, GET: 1 }, inSequence: 1 },
			flood: { commands: {}, inSequence: 0 },
		},
		modules: 350,
	};
	assert.deepEqual(overBare(arm, bare), {
		heapBytes: 10,
		heapBytesSessionUntouched: 20,
		heapBytesSessionRead: 30,
		redisCommandsSessionRead: 2,
		redisRoundTripsSessionRead: 1,
		redisCommandsBlocked: 0,
		modules: 250,
	});
});

test("the budget names arms and figures that there are", () => {
	const budget: Budget = JSON.parse(readFileSync(join(import.meta.dirname, "budget.json"), "utf8"));
	const arms = ARMS.filter(({ name }) => name === "ours").map(inFull);
	assert.deepEqual(Object.keys(budget).sort(), arms.sort());
	for (const name of Object.values(budget).flatMap(Object.keys)) assert.ok(name in FIGURES, name);
});

test("what is published was counted of the code whose budget is written: the files are the same, to one", () => {
	const budget: Budget = JSON.parse(readFileSync(join(import.meta.dirname, "budget.json"), "utf8"));
	const arms = readResults().counts?.arms ?? {};
	for (const [arm, { modules }] of Object.entries(budget)) {
		const over = overBare(arms[arm]!, arms[`${arm.split(" ", 1)[0]} bare`]!);
		assert.equal(over.modules, modules, `${arm}: measure again, pnpm bench --only counts`);
	}
});
