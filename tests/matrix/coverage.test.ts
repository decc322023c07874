import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALL_KINDS } from "../process/kinds.ts";
import { coverageOf, faultsOf, placesOf, type Run } from "./coverage.ts";
import { matrixPage } from "./document.ts";
import type { Result } from "./results-reporter.ts";
import { SCENARIOS } from "./scenarios.ts";

const result = (name: string, outcome: Result["outcome"] = "passed", reason = ""): Result => ({
	name,
	outcome,
	reason,
	output: "",
});
const run = (version: string, ...results: readonly Result[]): Run => ({ version, results });
const everywhere = (id: string): Result[] => ALL_KINDS.map(({ name }) => result(`${id} ${name}: it holds`));

describe("the name of a test", () => {
	test("says its scenarios and its kind, also where one kind's name begins like another's", () => {
		assert.deepEqual(placesOf("S4 S20 Express 5 https: it is answered"), {
			ids: ["S4", "S20"],
			kind: "Express 5 https",
		});
		assert.deepEqual(placesOf("K56 node:http: it ends"), { ids: ["K56"], kind: "node:http" });
		assert.equal(placesOf("the timeouts of a server"), undefined);
	});
});

describe("the list of scenarios", () => {
	test("is in order, and names each once", () => {
		const numbers = (letter: string): number[] =>
			SCENARIOS.filter(({ id }) => id.startsWith(letter)).map(({ id }) => Number(id.slice(1)));
		assert.deepEqual(
			numbers("S"),
			Array.from({ length: 53 }, (_, index) => index + 1),
		);
		assert.deepEqual(
			numbers("K"),
			Array.from({ length: 18 }, (_, index) => index + 54),
		);
	});

	const row = { id: "S1", promise: "It holds." };

	test("has no fault where every kind has a test", () => {
		assert.deepEqual(faultsOf([row], coverageOf([run("v24.1.0", ...everywhere("S1"))])), []);
	});

	test("tells what was forgotten, what is unknown and what is excused without need", () => {
		const all = coverageOf([run("v24.1.0", ...everywhere("S1"))]);
		const some = coverageOf([run("v24.1.0", ...everywhere("S1").slice(1))]);
		assert.deepEqual(faultsOf([row, { ...row, id: "S2" }], all), ["S2 has no test"]);
		assert.deepEqual(faultsOf([], all), ["S1 has tests and no row"]);
		assert.deepEqual(faultsOf([row], some), ["S1 has no test on Express 4, and no reason"]);
		assert.deepEqual(faultsOf([{ ...row, elsewhere: "a reason" }], some), []);
		assert.equal(faultsOf([{ ...row, elsewhere: "a reason" }], all).length, 1);
		assert.equal(faultsOf([{ ...row, notPromised: "a reason" }], all).length, 1);
		assert.deepEqual(faultsOf([{ ...row, notPromised: "a reason" }], coverageOf([])), []);
	});
});

describe("the page", () => {
	test("marks what passed, failed, could not run, and is shown elsewhere", () => {
		const coverage = coverageOf([
			run(
				"v22.1.0",
				result("S1 Express 4: a"),
				result("S1 Express 5: a", "failed"),
				result("S1 Express 5: b"),
			),
			run("v24.1.0", result("S1 Express 4: a"), result("S1 node:http: a", "skipped", "no namespaces")),
		]);
		const row = { id: "S1", promise: "It holds.", elsewhere: "a reason" };
		const page = matrixPage([row], coverage, { nodes: ["22.1.0"], packages: [], date: "2026-01-31" });
		const cells = page
			.split("\n")
			.find((line) => line.startsWith("| S1 "))
			?.split(" | ");
		assert.deepEqual(cells?.slice(2, 7), ["✓", "✗ 22", "·", "·", "–"]);
		assert.equal(cells?.at(-1), "a reason; no namespaces |");
	});
});
