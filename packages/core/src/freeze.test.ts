import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze } from "./freeze.ts";

test("plain objects and lists are frozen all the way down", () => {
	const value = deepFreeze({ a: { b: [{ c: 1 }] }, list: [[1]] });
	assert.throws(() => {
		(value.a.b[0] as { c: number }).c = 2;
	}, TypeError);
	assert.throws(() => value.list[0]!.push(2), TypeError);
	assert.equal(Object.isFrozen(value), true);
});

test("objects without a prototype are frozen too", () => {
	const value = Object.assign(Object.create(null), { a: {} });
	deepFreeze(value);
	assert.equal(Object.isFrozen(value) && Object.isFrozen(value.a), true);
});

test("what lives on stays as it is: class instances, functions, maps", () => {
	class Client {
		calls = 0;
	}
	const parts = { client: new Client(), handle: Object.assign(() => {}, { calls: 0 }), map: new Map() };
	deepFreeze(parts);
	parts.client.calls++;
	parts.handle.calls++;
	parts.map.set("a", 1);
	assert.equal(Object.isFrozen(parts), true);
});

test("what is no object comes back as it went in", () => {
	for (const value of [undefined, null, 0, "", Symbol.iterator, 1n]) assert.equal(deepFreeze(value), value);
});

test("what somebody has frozen at the surface is frozen below it as well", () => {
	const value = Object.freeze({ inner: { a: 1 } });
	deepFreeze(value);
	assert.equal(Object.isFrozen(value.inner), true);
});

test("an object that holds itself is no endless way", () => {
	const value: { self?: unknown; a: object } = { a: {} };
	value.self = value;
	deepFreeze(value);
	assert.equal(Object.isFrozen(value) && Object.isFrozen(value.a), true);
});
