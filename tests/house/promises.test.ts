/** A promise without its test is not published: `docs/promises.md` is held against the tests that are there. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { filesBelow, readText } from "./sources.ts";

const PAGE = "docs/promises.md";
const ROOT = join(import.meta.dirname, "../..");

interface Promised {
	readonly id: string;
	readonly scenarios: readonly string[];
	readonly links: readonly string[];
}

const promises: readonly Promised[] = readText(PAGE)
	.split("\n")
	.filter((line) => /^\| P\d+ \|/.test(line))
	.map((line) => {
		const [id, , scenarios, tests] = line
			.slice(1)
			.split("|")
			.map((cell) => cell.trim());
		return {
			id: id!,
			scenarios: [...scenarios!.matchAll(/([A-Z])(\d+)(?:-\1(\d+))?/g)].flatMap(([, letter, from, to]) =>
				range(Number(from), Number(to ?? from)).map((number) => `${letter}${number}`),
			),
			links: [...tests!.matchAll(/\]\(([^)#]+)/g)].map(([, target]) => target!),
		};
	});

function range(from: number, to: number): readonly number[] {
	return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Ids at the head of a test's name: `test("H104 H105 every ...")`, `scenario("S4", ...)`. */
const tested = new Set(
	[...filesBelow("tests", ".test.ts"), ...filesBelow("packages", ".test.ts")].flatMap(({ code }) =>
		[...code.matchAll(/\b(?:test|scenario)\(\s*["'`]((?:[A-Z]\d+\s?)+)/g)].flatMap(([, ids]) =>
			ids!.trim().split(/\s+/),
		),
	),
);

test("there are promises, and tests with ids", () => {
	assert.ok(promises.length > 10);
	assert.ok(tested.size > 50);
});

test("each promise leads to a test", () => {
	for (const { id, links } of promises) {
		const files = links.filter((link) => /\.ts$/.test(link));
		assert.ok(files.length > 0, `${id} names no test`);
		for (const link of links)
			assert.ok(existsSync(join(ROOT, dirname(PAGE), link)), `${id}: there is no ${link}`);
	}
});

test("each id that a promise names stands in the name of a test", () => {
	const missing = promises.flatMap(({ id, scenarios }) =>
		scenarios.filter((scenario) => !tested.has(scenario)).map((scenario) => `${id}: ${scenario}`),
	);
	assert.deepEqual(missing, []);
});

test("no promise is made twice", () => {
	assert.deepEqual(
		promises.map(({ id }) => id),
		[...new Set(promises.map(({ id }) => id))],
	);
});
