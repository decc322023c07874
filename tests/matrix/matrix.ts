/**
 * Runs the process suite and the rolling restarts on every line of Node that is supported and writes `docs/lifecycle-matrix.md`: `pnpm matrix`.
 * To look for flakes: `pnpm matrix --node 24 --repeat 100`, which prints each failure with the output of its programs.
 * The document is written by a run on all lines only. Rounds after the first are without the rolling restarts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { nodeLines } from "../nodes.ts";
import { ROLLING_TIMEOUT_MS, ROOT, TEST_TIMEOUT_MS } from "../run-to-end.ts";
import { coverageOf, faultsOf, type Run } from "./coverage.ts";
import { matrixPage } from "./document.ts";
import type { Result } from "./results-reporter.ts";
import { SCENARIOS } from "./scenarios.ts";
import { runSuite, type Suite } from "./suite-run.ts";

const SUPPORTED = "22,24,26";
const PAGE = "docs/lifecycle-matrix.md";

/** Its programs wait more than they work, so that more files than processors pay. */
const PROCESS: Suite = {
	files: "tests/process/**/*.test.ts",
	filesAtOnce: 3,
	timeoutMs: TEST_TIMEOUT_MS,
};

/** Each keeps all processors busy. */
const ROLLING: Suite = {
	files: "tests/rolling/**/*.test.ts",
	filesAtOnce: 1,
	timeoutMs: ROLLING_TIMEOUT_MS,
};

const { values } = parseArgs({
	options: { node: { type: "string", default: SUPPORTED }, repeat: { type: "string", default: "1" } },
});
const rounds = Number(values.repeat);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--repeat takes a number, not ${values.repeat}`);

const lines = nodeLines(values.node);
const runs: Run[] = [];
for (let round = 1; round <= rounds; round++) {
	for (const line of lines) {
		console.log(`\n=== Node ${line.version}${rounds === 1 ? "" : `, round ${round} of ${rounds}`}`);
		for (const suite of round === 1 ? [PROCESS, ROLLING] : [PROCESS]) {
			const run = await runSuite(line, suite);
			runs.push(run);
			sayFailures(run.results);
		}
	}
}

const coverage = coverageOf(runs);
const faults = faultsOf(SCENARIOS, coverage);
const failures = summarize();
for (const fault of faults) console.log(fault);
if (values.node === SUPPORTED) {
	const nodes = lines.map(({ version }) => version.slice(1));
	const packages = [
		versionOf("Express", "express4"),
		versionOf("Express", "express"),
		versionOf("Fastify", "fastify"),
	];
	const date = new Date().toISOString().slice(0, 10);
	writeFileSync(join(ROOT, PAGE), matrixPage(SCENARIOS, coverage, { nodes, packages, date }));
	console.log(`${PAGE} is written`);
}
process.exitCode = failures + faults.length === 0 ? 0 : 1;

function sayFailures(results: readonly Result[]): void {
	const failed = results.filter(({ outcome }) => outcome === "failed");
	for (const { name, reason, output } of failed) console.log(`\n✗ ${name}\n${reason}\n${output}`);
	console.log(`${results.length} tests, ${failed.length} failed`);
}

/** Says how often each test failed that ever did, and how many of those there are. */
function summarize(): number {
	const failures = new Map<string, number>();
	for (const { version, results } of runs) {
		for (const { name, outcome } of results) {
			const title = `${name} (Node ${version})`;
			if (outcome === "failed") failures.set(title, (failures.get(title) ?? 0) + 1);
		}
	}
	console.log(`\n=== summary\n${failures.size} tests failed in ${runs.length} runs`);
	for (const [title, count] of failures) console.log(`${count} of ${rounds}: ${title}`);
	return failures.size;
}

function versionOf(name: string, folder: string): string {
	const manifest = readFileSync(join(ROOT, "tests/node_modules", folder, "package.json"), "utf8");
	return `${name} ${(JSON.parse(manifest) as { version: string }).version}`;
}
