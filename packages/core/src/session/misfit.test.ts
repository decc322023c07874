import assert from "node:assert/strict";
import { test } from "node:test";
import { findMisfit, findPlainMisfit } from "./misfit.ts";

test("names the key of what JSON cannot hold", () => {
	const circle: Record<string, unknown> = { a: {} };
	(circle.a as Record<string, unknown>).back = circle;
	assert.equal(findMisfit({ a: 1n }), "a (a bigint)");
	assert.equal(findMisfit({ a: { b: [0, () => 1] } }), "a.b.1 (a function)");
	assert.equal(findMisfit({ a: Symbol("s") }), "a (a symbol)");
	assert.equal(findMisfit({ x: circle }), "x.a.back (a circle)");
	assert.equal(findPlainMisfit({ a: 1, b: () => 1 }), "b (a function)");
});

test("takes what JSON can hold, twice the same too, and leaves the cookie to its library", () => {
	const shared = { n: 1 };
	const fine = {
		a: shared,
		b: [shared, null, undefined, 1, "x", true],
		date: new Date(0),
		own: { toJSON: () => "text", run: () => 1 },
		cookie: { serialize: () => "x" },
	};
	assert.equal(findMisfit(fine), undefined);
	assert.equal(findPlainMisfit(fine), undefined);
});
