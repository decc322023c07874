import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
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

test("ends when its time is up, and what comes later is nobody's", async (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	let late: StoreCallback = () => {};
	const seen = ends((done) => {
		late = done;
	});
	t.mock.timers.tick(99);
	assert.equal(seen.length, 0);
	t.mock.timers.tick(1);
	// What has arrived by then is read first.
	await turn();
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

test("time that the program keeps the loop to itself is not the store's", async () => {
	const seen: unknown[][] = [];
	callWithin(
		50,
		(done) => void setTimeout(done, 60, null, "an answer that lay there"),
		(...args) => seen.push(args),
	);
	const untilMs = performance.now() + 80;
	while (performance.now() < untilMs);
	await turn();
	await turn();
	assert.deepEqual(seen, [[null, "an answer that lay there"]]);
});

test("what is thrown by who hears the end is thrown on, and is no answer of the store's", async (t) => {
	const error = new Error("the program's");
	const end = (): never => {
		throw error;
	};
	assert.throws(() => callWithin(100, (done) => done(null), end), error);
	const raise = t.mock.method(globalThis, "queueMicrotask", () => {});
	callWithin(100, async (done) => done(null), end);
	await turn();
	assert.throws(raise.mock.calls[0]!.arguments[0]!, error);
});
