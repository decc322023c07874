import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSlidingStore } from "./sliding-store.ts";

function storeWithClock(limit: number, maxKeys?: number) {
	const clock = { nowMs: 0 };
	const store = createSlidingStore({
		windowMs: 1_000,
		limit,
		...(maxKeys !== undefined && { maxKeys }),
		nowMs: () => clock.nowMs,
	});
	const isAllowed = (key: string): boolean => store.increment(key).totalHits <= limit;
	return { store, clock, isAllowed };
}

describe("a window that slides", () => {
	test("frees a place when the request that took it is a window old, and no sooner", () => {
		const { clock, isAllowed } = storeWithClock(2);
		assert.deepEqual([isAllowed("a"), isAllowed("a"), isAllowed("a")], [true, true, false]);
		clock.nowMs = 999;
		assert.equal(isAllowed("a"), false);
		clock.nowMs = 1_000;
		assert.deepEqual([isAllowed("a"), isAllowed("a"), isAllowed("a")], [true, true, false]);
	});

	test("does not write down what it refuses", () => {
		const { clock, isAllowed } = storeWithClock(1);
		isAllowed("a");
		for (clock.nowMs = 100; clock.nowMs < 1_000; clock.nowMs += 100) assert.equal(isAllowed("a"), false);
		assert.equal(isAllowed("a"), true);
	});

	test("says when the next place is free", () => {
		const { store, clock } = storeWithClock(1);
		store.increment("a");
		clock.nowMs = 400;
		const leftMs = store.increment("a").resetAtMs - Date.now();
		assert.ok(leftMs > 500 && leftMs <= 600, String(leftMs));
	});

	test("takes one back", () => {
		const { store, isAllowed } = storeWithClock(1);
		isAllowed("a");
		store.decrement("a", 0);
		store.decrement("a", 0);
		assert.deepEqual([isAllowed("a"), isAllowed("a")], [true, false]);
	});

	test("takes back the one that is meant: those that came later stay for their time", () => {
		const { store, clock, isAllowed } = storeWithClock(2);
		const early = store.increment("a");
		clock.nowMs = 900;
		isAllowed("a");
		store.decrement("a", early.atMs!);
		isAllowed("a");
		clock.nowMs = 1_100;
		assert.equal(isAllowed("a"), false);
	});

	test("counts each key for itself, and those beyond the cap together", () => {
		const { clock, isAllowed } = storeWithClock(1, 2);
		assert.deepEqual(["a", "b", "c", "d"].map(isAllowed), [true, true, true, false]);
		clock.nowMs = 1_000;
		assert.deepEqual(["c", "d"].map(isAllowed), [true, true]);
	});
});
