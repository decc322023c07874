import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rounds } from "./ratios.ts";
import type { Results, Run } from "./results.ts";
import { verdictsOf } from "./verdicts.ts";
import { range, shareOfBare } from "./wording.ts";

const run: Run = { on: "2026-11-21", node: "24", redis: "8", processors: "2", packages: {}, rounds: 2 };

function verdict(results: Results, figure: RegExp) {
	return verdictsOf(results).find((each) => figure.test(each.figure))!;
}

function read(express: Rounds): Results {
	const fastify = Object.fromEntries(
		["bare", "bare again"].map((name) => [`fastify ${name}`, [1, 1]] as const),
	);
	const stacks = ["express", "fastify"].flatMap((framework) =>
		["memory", "redis"].flatMap((store) =>
			["hand", "tuned", "ours"].map((name) => [`${framework} ${name} ${store}`, [0.5, 0.5]] as const),
		),
	);
	return {
		throughput: { run, scenes: { read: { ...Object.fromEntries(stacks), ...fastify, ...express } } },
	};
}

const OF_EXPRESS = /^Express, memory: throughput with a session, of Express alone/;

test("a goal is reached by the median of the rounds, and what is below it is not", () => {
	const quiet = { "express bare": [1, 1], "express bare again": [1.01, 0.99] };
	const seen = (share: number) =>
		verdict(read({ ...quiet, "express ours memory": [share, share] }), OF_EXPRESS);
	assert.equal(seen(0.75).isReached, true);
	assert.equal(seen(0.74).isReached, false);
});

test("nothing is concluded where the framework beside itself was not the same", () => {
	const busy = {
		"express bare": [1, 1],
		"express bare again": [1.1, 1.1],
		"express ours memory": [0.9, 0.9],
	};
	const { isReached, doubt } = verdict(read(busy), OF_EXPRESS);
	assert.equal(isReached, undefined);
	assert.match(doubt!, /too busy/);
});

test("no ratio above 1 to bare is published, neither as median nor in its range", () => {
	assert.equal(shareOfBare(0.994), "0.99");
	assert.equal(shareOfBare(0.996), "1.00, as bare");
	assert.equal(shareOfBare(1.6), "1.00, as bare");
	const fast = {
		"express bare": [1, 1],
		"express bare again": [1, 1],
		"express ours memory": [1.3, 1.6],
	};
	const { seen } = verdict(read(fast), OF_EXPRESS);
	assert.doesNotMatch(seen, /1\.[1-9]/);
	assert.doesNotMatch(range([0.9, 1.2, 1.4], shareOfBare), /1\.[1-9]/);
});

test("what was not measured is said to be so, and is neither reached nor not", () => {
	for (const { seen, isReached } of verdictsOf({})) {
		assert.equal(seen, "not measured yet");
		assert.equal(isReached, undefined);
	}
});
