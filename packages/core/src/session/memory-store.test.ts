import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemorySessionStore } from "./memory-store.ts";
import type { StoredSession } from "./store.ts";

const stored = (lifeMs: number | null, more: object = {}): StoredSession => ({
	...more,
	cookie: { originalMaxAge: null, expires: lifeMs === null ? null : new Date(Date.now() + lifeMs) },
});

function call<Result>(run: (done: (error?: unknown, result?: unknown) => void) => unknown): Promise<Result> {
	return new Promise((resolve, reject) => {
		run((error, result) => (error ? reject(error) : resolve(result as Result)));
	});
}

test("what is read is a copy: a request shows what it wrote only when it saves", async () => {
	const store = createMemorySessionStore();
	await call((done) => store.set("a", stored(1_000, { cart: { items: [1] } }), done));
	const first = await call<{ cart: { items: number[] } }>((done) => store.get("a", done));
	first.cart.items.push(2);
	const second = await call<{ cart: { items: number[] } }>((done) => store.get("a", done));
	assert.deepEqual(second.cart.items, [1]);
});

test("nobody is called back before the call is over", async () => {
	const store = createMemorySessionStore();
	let isOver = false;
	const seen: boolean[] = [];
	const calls = [
		call((done) => store.set("a", stored(1_000), (error) => done(error, seen.push(isOver)))),
		call((done) => store.get("a", (error) => done(error, seen.push(isOver)))),
	];
	isOver = true;
	await Promise.all(calls);
	assert.deepEqual(seen, [true, true]);
});

test("mustExist writes over what is there, and brings nothing back to life", async () => {
	const store = createMemorySessionStore();
	const set = (): Promise<boolean> =>
		call((done) => store.set("a", stored(1_000), done, { mustExist: true }));
	assert.equal(await set(), false);
	assert.equal(store.size, 0);
	await call((done) => store.set("a", stored(1_000), done));
	assert.equal(await set(), true);
	await call((done) => store.destroy("a", done));
	assert.equal(await set(), false);
	await call((done) => store.touch!("a", stored(1_000), done));
	assert.equal(store.size, 0);
});

test("what is over is not there, and takes no room for long", async (t) => {
	t.mock.timers.enable({ apis: ["Date"] });
	const store = createMemorySessionStore();
	for (let index = 0; index < 100; index++) await call((done) => store.set(`a${index}`, stored(1_000), done));
	await call((done) => store.set("long", stored(null), done));
	t.mock.timers.setTime(1_001);
	assert.equal(await call((done) => store.get("a0", done)), undefined);
	for (let index = 0; index < 100; index++) await call((done) => store.set("new", stored(1_000), done));
	assert.equal(store.size, 2);
	assert.notEqual(await call((done) => store.get("long", done)), undefined);
});
