import { table } from "../../docs/generator/markdown.ts";
import { ALL_KINDS } from "../process/kinds.ts";
import type { Cell, Coverage } from "./coverage.ts";
import type { Scenario } from "./scenarios.ts";

/** What the tests ran on; the only part of the document that another day may change. */
export interface Versions {
	readonly nodes: readonly string[];
	readonly packages: readonly string[];
	/** As in `2026-01-31`. */
	readonly date: string;
}

const PASSED = "✓";
const FAILED = "✗";
const SKIPPED = "–";
const ELSEWHERE = "·";

/** The matrix as a page: a row a scenario, a column a kind of server. */
export function matrixPage(scenarios: readonly Scenario[], coverage: Coverage, versions: Versions): string {
	const section = (title: string, letter: string): string =>
		`## ${title}\n\n${rowsOf(
			scenarios.filter(({ id }) => id.startsWith(letter)),
			coverage,
		)}`;
	return [
		"<!-- Written by `pnpm matrix` from the results of tests/process and tests/rolling: not to be edited. -->",
		"# What a process does with its life, and where that is tested",
		`Each row is a promise, each column a kind of server. The tests start a small program, send it requests and signals,
and judge its exit code, every byte that its clients got and its last line together. \`S4\` finds its tests:
\`node --test --test-name-pattern='^S4 ' 'tests/process/*.test.ts'\`.`,
		`Run on ${versions.date} with Node ${versions.nodes.join(", ")}, ${versions.packages.join(", ")}. To run it again:
\`pnpm matrix\`.`,
		table([
			["Mark", "Meaning"],
			[PASSED, "passed on every one of these Nodes"],
			[`${FAILED} 24`, "failed on this one"],
			[SKIPPED, "could not run on the machine; the remark says why"],
			[ELSEWHERE, "has no test of its own there; the remark says why"],
		]),
		section("Shutdown", "S"),
		section("Crashes", "K"),
		section("Before and beside", "LIFE"),
		"",
	]
		.join("\n\n")
		.trimEnd()
		.concat("\n");
}

function rowsOf(scenarios: readonly Scenario[], coverage: Coverage): string {
	const head = ["", "Promise", ...ALL_KINDS.map(({ name }) => name), "Remark"];
	return table([head, ...scenarios.map((scenario) => rowOf(scenario, coverage.get(scenario.id)))]);
}

function rowOf(scenario: Scenario, cells: ReadonlyMap<string, Cell> = new Map()): readonly string[] {
	const { id, promise, elsewhere, notPromised } = scenario;
	const skips = new Set([...cells.values()].flatMap(({ skippedFor }) => [...skippedFor]));
	const remarks = [
		notPromised === undefined ? undefined : `Not promised: ${notPromised}`,
		notPromised === undefined && cells.size === 0 ? "**No test yet**" : elsewhere,
		...skips,
	];
	const marks = ALL_KINDS.map(({ name }) => markOf(cells.get(name)));
	return [id, promise, ...marks, remarks.filter((remark) => remark !== undefined).join("; ")];
}

function markOf(cell: Cell | undefined): string {
	if (cell === undefined) return ELSEWHERE;
	const { failedOn, skippedFor } = cell;
	if (failedOn.size > 0) return `${FAILED} ${[...failedOn].map(majorOf).sort().join(" ")}`;
	return skippedFor.size > 0 ? SKIPPED : PASSED;
}

const majorOf = (version: string): string => version.slice(1).split(".")[0]!;
