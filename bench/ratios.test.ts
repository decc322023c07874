import assert from "node:assert/strict";
import { test } from "node:test";
import { median, ratios, relativeTo } from "./ratios.ts";

test("the middle of an odd number of figures, and between the two in the middle of an even one", () => {
	assert.equal(median([3, 1, 2]), 2);
	assert.equal(median([4, 1, 3, 2]), 2.5);
});

test("a machine that is half as fast in one round changes no ratio", () => {
	const rounds = { bare: [100, 50], ours: [80, 40] };
	assert.deepEqual(ratios(rounds, "ours", "bare"), [0.8, 0.8]);
});

test("ratios are the same when figures are kept as what they are to another arm's", () => {
	const rounds = { raw: [200, 125], bare: [100, 50], ours: [80, 40] };
	const kept = relativeTo("raw", rounds);
	assert.deepEqual(kept.raw, [1, 1]);
	for (const ratio of ratios(kept, "ours", "bare")) assert.ok(Math.abs(ratio - 0.8) < 1e-9);
});
