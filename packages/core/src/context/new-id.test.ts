import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "./new-id.ts";

test("an id is a random UUID, and none comes twice, also where the random bytes are fetched anew", () => {
	const ids = Array.from({ length: 10_000 }, newId);
	for (const id of ids) assert.match(id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
	assert.equal(new Set(ids).size, ids.length);
});

test("every digit of an id takes every value it may have", () => {
	const seen = Array.from({ length: 36 }, () => new Set<string>());
	for (let count = 0; count < 2_000; count++) {
		for (const [place, digit] of [...newId()].entries()) seen[place]!.add(digit);
	}
	const fixed: Readonly<Record<number, number>> = { 8: 1, 13: 1, 14: 1, 18: 1, 19: 4, 23: 1 };
	assert.deepEqual(
		seen.map((digits) => digits.size),
		seen.map((_, place) => fixed[place] ?? 16),
	);
});
