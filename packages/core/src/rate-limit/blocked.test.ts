import assert from "node:assert/strict";
import { test } from "node:test";
import { createBlocked } from "./blocked.ts";

test("a key is blocked until its window is over, by a clock that nobody sets", () => {
	let nowMs = 5;
	const blocked = createBlocked(10, () => nowMs);
	blocked.add("a", new Date(Date.now() + 1_000));
	assert.equal(blocked.until("b"), undefined);
	nowMs += 900;
	const leftMs = blocked.until("a")!.getTime() - Date.now();
	assert.ok(leftMs > 50 && leftMs <= 100, String(leftMs));
	nowMs += 101;
	assert.equal(blocked.until("a"), undefined);
});

test("what finds no room is not remembered, until others are over", () => {
	let nowMs = 0;
	const blocked = createBlocked(1, () => nowMs);
	const soon = (): Date => new Date(Date.now() + 1_000);
	blocked.add("a", soon());
	blocked.add("b", soon());
	assert.deepEqual([blocked.until("a") !== undefined, blocked.until("b")], [true, undefined]);
	nowMs += 1_001;
	blocked.add("b", soon());
	assert.ok(blocked.until("b"));
});
