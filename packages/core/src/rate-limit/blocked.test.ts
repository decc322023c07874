import assert from "node:assert/strict";
import { test } from "node:test";
import { createBlocked } from "./blocked.ts";

test("a key is blocked until its window is over, by a clock that nobody sets", () => {
	let nowMs = 5;
	const blocked = createBlocked(10, () => nowMs);
	blocked.add("a", 1_000);
	assert.equal(blocked.leftMs("b"), 0);
	nowMs += 900;
	assert.equal(blocked.leftMs("a"), 100);
	nowMs += 101;
	assert.equal(blocked.leftMs("a"), 0);
});

test("what finds no room is not remembered, until others are over", () => {
	let nowMs = 0;
	const blocked = createBlocked(1, () => nowMs);
	blocked.add("a", 1_000);
	blocked.add("b", 1_000);
	assert.deepEqual([blocked.leftMs("a"), blocked.leftMs("b")], [1_000, 0]);
	nowMs += 1_001;
	blocked.add("b", 1_000);
	assert.equal(blocked.leftMs("b"), 1_000);
});
