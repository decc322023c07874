import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { callWithin, TIMED_OUT } from "./deadline.ts";
import type { StoreCallback } from "./store.ts";

/** How a call has ended, each time it did. */
function ends(call: (done: StoreCallback) => unknown): unknown[][] {
	const seen: unknown[][] = [];
	callWithin(100, call, (...args) => seen.push(args));
	return seen;
}

test("ends once: by its callback, by what it throws, or by the promise it gives", async () => {
	const error = new Error("no");
	assert.deepEqual(
		ends((done) => {
			done(null, 1);
			done(null, 2);
		}),
		[[null, 1]],
	);
	assert.deepEqual(
		ends(() => {
			throw error;
		}),
		[[error, undefined]],
	);
	const rejected = ends(() => Promise.reject(error));
	await Promise.resolve();
	await Promise.resolve();
	assert.deepEqual(rejected, [[error, undefined]]);
});

test("ends when its time is up, and what comes later is nobody's", (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	let late: StoreCallback = () => {};
	const seen = ends((done) => {
		late = done;
	});
	t.mock.timers.tick(99);
	assert.equal(seen.length, 0);
	t.mock.timers.tick(1);
	late(null, "late");
	assert.deepEqual(
		seen.map(([error]) => error),
		[TIMED_OUT],
	);
});

test("comes back to the request that has asked, from wherever the driver calls", () => {
	const storage = new AsyncLocalStorage<string>();
	let answer: StoreCallback = () => {};
	let seen: string | undefined;
	storage.run("mine", () =>
		callWithin(
			100,
			(done) => {
				answer = done;
			},
			() => {
				seen = storage.getStore();
			},
		),
	);
	storage.run("the driver's", () => answer(null));
	assert.equal(seen, "mine");
});
