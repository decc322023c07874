import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createKeeper } from "./keeper.ts";
import { isOutage } from "./outage.ts";
import type { InnerStore, StoreCallback } from "./store.ts";

const TIMEOUT_MS = 100;
const POLICY = {
	idleTimeoutMs: 10_000,
	absoluteTimeoutMs: 60_000,
	storeTimeoutMs: TIMEOUT_MS,
	onOutage: "unavailable",
} as const;

/** A timer that rings lets come in first what has arrived, and the next one is let on behind that. */
async function turns(): Promise<void> {
	for (let n = 0; n < 5; n++) await turn();
}

/** A store of the program's own that answers when the test says so. */
function heldStore(t: TestContext) {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const held: { name: string; answer: StoreCallback }[] = [];
	const hold = (name: string) => (done: StoreCallback) => void held.push({ name, answer: done });
	const inner: InnerStore = {
		get: (_id, done) => hold("get")(done),
		set: (_id, _session, done) => hold("set")(done),
		destroy: (_id, done) => hold("destroy")(done),
	};
	const keeper = createKeeper(POLICY, inner, () => ({ info() {}, warn() {}, error() {} }) as never);
	const ends: unknown[] = [];
	return {
		keeper,
		inner,
		ends,
		end: (error?: unknown) => void ends.push(error),
		names: () => held.map(({ name }) => name),
		answer: (at: number, result?: unknown) => held[at]!.answer(null, result),
	};
}

test("however many wait at a store that hangs, each ends in its own time, and nothing of them is sent afterwards", async (t) => {
	const { keeper, ends, end, names, answer } = heldStore(t);
	keeper.set("a", { cookie: {} }, end);
	t.mock.timers.tick(TIMEOUT_MS / 2);
	for (let n = 0; n < 9; n++) keeper.set("a", { cookie: {} }, end);
	keeper.destroy("a", end);
	t.mock.timers.tick(TIMEOUT_MS / 2);
	await turns();
	assert.equal(ends.length, 1);
	t.mock.timers.tick(TIMEOUT_MS / 2);
	await turns();
	assert.equal(ends.length, 11);
	assert.ok(ends.every(isOutage));
	// The second had its turn when the first was over; the others' time was over before.
	assert.deepEqual(names(), ["set", "set"]);
	keeper.destroy("a", end);
	assert.equal(names().at(-1), "destroy");
	answer(2);
	assert.deepEqual([ends.length, ends.at(-1)], [12, undefined]);
});

test("what was read too late to be written over is not written", async (t) => {
	const { keeper, ends, end, names, answer } = heldStore(t);
	const session = { cookie: {} };
	keeper.set("a", session, end);
	answer(0);
	keeper.set("a", session, end);
	t.mock.timers.tick(TIMEOUT_MS);
	await turns();
	assert.equal(isOutage(ends[1]), true);
	answer(1, { cookie: {} });
	assert.deepEqual(names(), ["set", "get"]);
});

test("what a store throws when its turn has come is the end of that call alone", async (t) => {
	const { keeper, inner, ends, end, names, answer } = heldStore(t);
	keeper.set("a", { cookie: {} }, end);
	keeper.destroy("a", end);
	keeper.set("a", { cookie: {} }, end);
	inner.destroy = () => {
		throw new Error("no connection");
	};
	answer(0);
	await turns();
	assert.deepEqual(names(), ["set", "set"]);
	assert.deepEqual(ends.map(isOutage), [false, true]);
});
