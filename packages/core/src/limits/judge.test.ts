import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judge } from "./judge.ts";

const LIMITS = { maxDepth: 4, maxKeys: 6 };

describe("a parsed body", () => {
	test("passes while it is within the limits, and where it is no object", () => {
		for (const body of [
			undefined,
			null,
			"text",
			7,
			[],
			{},
			[[[[]]]],
			{ a: { b: { c: {} } } },
			[1, [2, [3, [4]]]],
		]) {
			assert.equal(judge(body, LIMITS), undefined);
		}
	});

	test("is refused one level, or one key, further", () => {
		assert.match(judge([[[[[]]]]], LIMITS)!, /more than 4 levels/);
		assert.match(judge({ a: [{ b: [{}] }] }, LIMITS)!, /more than 4 levels/);
		assert.equal(judge({ a: 1, b: { c: 1, d: 1 }, e: [{ f: 1 }] }, LIMITS), undefined);
		assert.match(judge({ a: 1, b: { c: 1, d: 1 }, e: [{ f: 1, g: 1 }] }, LIMITS)!, /more than 6 keys/);
	});

	test("is refused for its own keys that lead to a prototype, and for no others", () => {
		assert.match(judge(JSON.parse('[{"__proto__":1}]'), LIMITS)!, /__proto__/);
		assert.match(judge({ a: { constructor: { prototype: 1 } } }, LIMITS)!, /constructor\.prototype/);
		for (const body of [
			{ constructor: 1 },
			{ constructor: { name: "x" } },
			{ prototype: { constructor: 1 } },
		]) {
			assert.equal(judge(body, LIMITS), undefined);
		}
	});

	test("may be an object that a parser made without a prototype, or with an empty one", () => {
		const bare = Object.assign(Object.create(null), { a: [[[[]]]] });
		const empty = Object.assign(Object.create(Object.create(null)), { a: [[[[]]]] });
		for (const body of [bare, empty]) assert.match(judge(body, LIMITS)!, /levels/);
	});

	test("may hold itself, and what has a class of its own is not looked into", () => {
		const circular: Record<string, unknown> = {};
		circular.self = { back: circular };
		assert.equal(judge(circular, LIMITS), undefined);
		const list: unknown[] = [];
		list.push(list);
		assert.equal(judge(list, LIMITS), undefined);
		class Part {
			deep = [[[[[[]]]]]];
		}
		assert.equal(judge({ file: new Part(), bytes: Buffer.alloc(100), map: new Map() }, LIMITS), undefined);
	});

	test("that names the same list over and over is looked at once", () => {
		let laughs: unknown[] = ["ha", []];
		for (let level = 0; level < 60; level++) laughs = [laughs, laughs];
		assert.equal(judge(laughs, { maxDepth: 100, maxKeys: 6 }), undefined);
	});

	test("may be as deep as memory lets it be", () => {
		let deep: unknown[] = [];
		for (let level = 0; level < 200_000; level++) deep = [deep];
		assert.match(judge(deep, LIMITS)!, /levels/);
		assert.equal(judge(deep, { maxDepth: 300_000, maxKeys: 1 }), undefined);
	});
});
