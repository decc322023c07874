import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";

const WINDOW_MS = 1_000;
/** Any moment will do; a real one shows that `resetTime` is a date. */
const START = Date.parse("2026-11-21T12:00:00Z");

function storeWithClock(maxKeys?: number): { store: MemoryStore; clock: { nowMs: number } } {
	const clock = { nowMs: START };
	const store = createMemoryStore({
		windowMs: WINDOW_MS,
		...(maxKeys !== undefined && { maxKeys }),
		nowMs: () => clock.nowMs,
	});
	return { store, clock };
}

function hit(store: MemoryStore, key: string, times = 1): number {
	let total = 0;
	for (let time = 0; time < times; time++) total = store.increment(key).totalHits;
	return total;
}

describe("a window", () => {
	test("counts each key for itself", () => {
		const { store } = storeWithClock();
		assert.deepEqual([hit(store, "a"), hit(store, "a"), hit(store, "b"), hit(store, "a")], [1, 2, 1, 3]);
	});

	test("opens with a key's first hit and does not move", () => {
		const { store, clock } = storeWithClock();
		const first = store.increment("a").resetTime;
		clock.nowMs += WINDOW_MS - 1;
		assert.deepEqual(store.increment("a"), { totalHits: 2, resetTime: first });
		assert.equal(first.getTime(), START + WINDOW_MS);
	});

	test("is over at its end, to the millisecond", () => {
		const { store, clock } = storeWithClock();
		hit(store, "a", 5);
		clock.nowMs += WINDOW_MS - 1;
		assert.equal(hit(store, "a"), 6);
		clock.nowMs += 1;
		assert.deepEqual(store.increment("a"), { totalHits: 1, resetTime: new Date(START + 2 * WINDOW_MS) });
	});

	test("takes any text for a key", () => {
		const { store } = storeWithClock();
		for (const key of ["", "__proto__", "constructor", "a b", "\u0000"]) assert.equal(hit(store, key, 2), 2);
	});
});

describe("giving back", () => {
	test("a hit lowers the count, and never below nothing", () => {
		const { store } = storeWithClock();
		hit(store, "a", 2);
		for (let time = 0; time < 5; time++) store.decrement("a");
		assert.equal(store.get("a")?.totalHits, 0);
		assert.equal(hit(store, "a"), 1);
	});

	test("a hit of a window that is over touches nothing", () => {
		const { store, clock } = storeWithClock();
		hit(store, "a", 3);
		clock.nowMs += WINDOW_MS;
		store.decrement("a");
		assert.equal(hit(store, "a"), 1);
	});

	test("a key starts anew once it is reset, and the others go on", () => {
		const { store } = storeWithClock();
		hit(store, "a", 3);
		hit(store, "b", 3);
		store.resetKey("a");
		assert.deepEqual([store.get("a"), hit(store, "a"), hit(store, "b")], [undefined, 1, 4]);
		store.resetAll();
		assert.deepEqual([hit(store, "a"), hit(store, "b")], [1, 1]);
	});

	test("looking counts nothing", () => {
		const { store, clock } = storeWithClock();
		assert.equal(store.get("a"), undefined);
		hit(store, "a", 2);
		assert.equal(store.get("a")?.totalHits, 2);
		assert.equal(store.get("a")?.totalHits, 2);
		clock.nowMs += WINDOW_MS;
		assert.equal(store.get("a"), undefined);
	});
});

describe("memory", () => {
	test("beyond the cap, new keys share one bucket", () => {
		const { store } = storeWithClock(3);
		for (const key of ["a", "b", "c"]) hit(store, key);
		assert.deepEqual([hit(store, "d"), hit(store, "e"), hit(store, "d")], [1, 2, 3]);
	});

	test("no flood of other keys takes a blocked one out", () => {
		const { store } = storeWithClock(100);
		hit(store, "blocked", 500);
		for (let other = 0; other < 10_000; other++) hit(store, `other-${other}`);
		assert.equal(hit(store, "blocked"), 501);
	});

	test("keys that are over make room", () => {
		const { store, clock } = storeWithClock(2);
		hit(store, "a");
		hit(store, "b");
		hit(store, "shared", 7);
		clock.nowMs += WINDOW_MS;
		assert.deepEqual([hit(store, "c"), hit(store, "d"), hit(store, "shared")], [1, 1, 1]);
	});

	test("the shared bucket has a window too", () => {
		const { store, clock } = storeWithClock(1);
		hit(store, "a");
		clock.nowMs += WINDOW_MS / 2;
		hit(store, "b", 9);
		clock.nowMs += WINDOW_MS / 2;
		// "a" is over and "c" takes its place; what is left of the shared window still counts for "d".
		assert.deepEqual([hit(store, "c"), hit(store, "d")], [1, 10]);
		clock.nowMs += WINDOW_MS / 2;
		assert.equal(hit(store, "e"), 1);
	});

	test("a million clients need the room of the cap", () => {
		const { store } = storeWithClock(1_000);
		const before = process.memoryUsage().heapUsed;
		for (let client = 0; client < 1_000_000; client++) store.increment(`client-${client}`);
		const grownMiB = (process.memoryUsage().heapUsed - before) / 2 ** 20;
		assert.ok(grownMiB < 100, `${Math.round(grownMiB)} MiB`);
	});
});

describe("a clock that is set back", () => {
	const HOUR_MS = 3_600_000;

	test("keeps nobody blocked for longer than a window", () => {
		const { store, clock } = storeWithClock();
		hit(store, "a", 500);
		clock.nowMs -= HOUR_MS;
		hit(store, "a");
		clock.nowMs += WINDOW_MS;
		assert.equal(hit(store, "a"), 1);
	});

	test("gives no window that ends further away than a window is long", () => {
		const { store, clock } = storeWithClock();
		hit(store, "a");
		clock.nowMs -= HOUR_MS;
		assert.ok(store.increment("a").resetTime.getTime() <= clock.nowMs + WINDOW_MS);
	});

	test("does not keep old keys in memory", () => {
		const { store, clock } = storeWithClock(10);
		for (let old = 0; old < 10; old++) hit(store, `old-${old}`);
		clock.nowMs -= HOUR_MS;
		for (let late = 0; late < 5; late++) hit(store, `late-${late}`);
		assert.equal(hit(store, "one-more"), 1);
	});

	test("by less than a window still lets windows end", () => {
		const { store, clock } = storeWithClock();
		hit(store, "a", 3);
		clock.nowMs -= WINDOW_MS / 2;
		hit(store, "a", 3);
		hit(store, "b", 3);
		clock.nowMs += 2 * WINDOW_MS;
		assert.deepEqual([hit(store, "a"), hit(store, "b")], [1, 1]);
	});

	test("or forward ends windows early, and no sooner", () => {
		const { store, clock } = storeWithClock();
		hit(store, "a", 3);
		clock.nowMs += HOUR_MS;
		assert.equal(hit(store, "a"), 1);
	});
});
