/** What the limits judge level by level is held against a model that calls itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judge } from "../../packages/core/src/limits/judge.ts";

/** JSON as it comes over the wire, now and then with the keys that lead to a prototype. */
const key = fc.oneof(
	{ weight: 8, arbitrary: fc.string({ maxLength: 4 }) },
	fc.constantFrom("__proto__", "constructor", "prototype", "toString"),
);
const { text } = fc.letrec<{ text: string; member: string }>((tie) => ({
	member: fc.tuple(key, tie("text")).map(([name, value]) => `${JSON.stringify(name)}:${value}`),
	text: fc.oneof(
		{ depthSize: "medium", withCrossShrink: true },
		fc.jsonValue({ maxDepth: 0 }).map((value) => JSON.stringify(value)),
		fc.array(tie("text"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
		fc.array(tie("member"), { maxLength: 4 }).map((members) => `{${members.join(",")}}`),
	),
}));

function depthOf(value: unknown): number {
	if (typeof value !== "object" || value === null) return 0;
	return 1 + Math.max(0, ...Object.entries(value).map(([, inner]) => depthOf(inner)));
}

function keysOf(value: unknown): number {
	if (typeof value !== "object" || value === null) return 0;
	const own = Array.isArray(value) ? 0 : Object.keys(value).length;
	return Object.entries(value).reduce((sum, [, inner]) => sum + keysOf(inner), own);
}

function leadsToPrototype(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return false;
	return Object.entries(value).some(
		([name, inner]) =>
			(!Array.isArray(value) &&
				(name === "__proto__" ||
					(name === "constructor" &&
						typeof inner === "object" &&
						inner !== null &&
						Object.hasOwn(inner, "prototype")))) ||
			leadsToPrototype(inner),
	);
}

test("a body is refused if and only if it is too deep, has too many keys or leads to a prototype", () => {
	fc.assert(
		fc.property(
			text,
			fc.integer({ min: 1, max: 6 }),
			fc.integer({ min: 1, max: 12 }),
			(body, maxDepth, maxKeys) => {
				const value: unknown = JSON.parse(body);
				const isWrong = depthOf(value) > maxDepth || keysOf(value) > maxKeys || leadsToPrototype(value);
				assert.equal(judge(value, { maxDepth, maxKeys }) !== undefined, isWrong, body);
			},
		),
		{ numRuns: 5_000 },
	);
});

test("what is said of a body is true of it", () => {
	fc.assert(
		fc.property(text, (body) => {
			const value: unknown = JSON.parse(body);
			const said = judge(value, { maxDepth: 2, maxKeys: 3 });
			if (said === undefined) return;
			const truths: readonly (readonly [RegExp, boolean])[] = [
				[/levels/, depthOf(value) > 2],
				[/more than 3 keys/, keysOf(value) > 3],
				[/__proto__|constructor/, leadsToPrototype(value)],
			];
			assert.ok(
				truths.some(([words, isTrue]) => words.test(said) && isTrue),
				`${said}: ${body}`,
			);
		}),
		{ numRuns: 3_000 },
	);
});
