/**
 * All tests, one suite after the other: `pnpm test`. Some of them: `pnpm test contract process`. On other lines of Node:
 * `pnpm test --node 22,26`, which runs what depends on Node's behaviour, or the suites that are named.
 */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type NodeLine, nodeLines } from "./nodes.ts";
import { ROLLING_TIMEOUT_MS, ROOT, runToEnd, TEST_TIMEOUT_MS } from "./run-to-end.ts";

interface Suite {
	readonly name: string;
	/** Test files, or the arguments of a program that says yes or no. */
	readonly files?: string;
	readonly program?: readonly string[];
	/** So many files at a time, where they mostly wait for programs that they have started. */
	readonly filesAtOnce?: number;
	/** Depends on Node's behaviour: worth running on every line of Node. */
	readonly isRuntime?: true;
	/** For a test and for a file, where it is not the common one. */
	readonly timeoutMs?: number;
	/** Once it runs longer than this it hangs. */
	readonly deadlineMs: number;
}

const MINUTE_MS = 60_000;

/** Of what a failed test says, so much is told once more at the end: whoever keeps only the last lines must see why. */
const MOST_ERROR_LINES = 20;

const SUITES: readonly Suite[] = [
	{
		name: "lint",
		program: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
		deadlineMs: MINUTE_MS,
	},
	{ name: "unit", files: "packages/*/src/**/*.test.ts", isRuntime: true, deadlineMs: 3 * MINUTE_MS },
	{ name: "house", files: "{tests/house/**,tests/matrix/**,bench}/*.test.ts", deadlineMs: 2 * MINUTE_MS },
	{ name: "models", files: "tests/models/**/*.test.ts", deadlineMs: 5 * MINUTE_MS },
	{ name: "contract", files: "tests/contract/**/*.test.ts", isRuntime: true, deadlineMs: 5 * MINUTE_MS },
	{
		name: "process",
		files: "tests/process/**/*.test.ts",
		filesAtOnce: 2,
		isRuntime: true,
		deadlineMs: 10 * MINUTE_MS,
	},
	{
		name: "hostile",
		files: "tests/hostile/**/*.test.ts",
		filesAtOnce: 2,
		deadlineMs: 8 * MINUTE_MS,
	},
	{
		name: "rolling",
		files: "tests/rolling/**/*.test.ts",
		timeoutMs: ROLLING_TIMEOUT_MS,
		deadlineMs: 8 * MINUTE_MS,
	},
	{ name: "redis", files: "tests/redis/**/*.test.ts", filesAtOnce: 2, deadlineMs: 8 * MINUTE_MS },
	{ name: "packages", files: "tests/packages/**/*.test.ts", deadlineMs: 5 * MINUTE_MS },
	{ name: "docs", program: ["docs/generate.ts", "--check"], deadlineMs: MINUTE_MS },
];

interface Result {
	readonly title: string;
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
	readonly seconds: number;
	readonly remark: string;
	/** What each failed test said. */
	readonly failures?: readonly string[];
}

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { node: { type: "string", default: process.env.TEST_NODE ?? "" } },
});

const chosen = chooseSuites(positionals);
// Whoever types `tsc -b && node tests/run.ts` means the code as it stands; it takes a fraction of a second.
const bundling = await runToEnd(process.execPath, ["build/bundle.ts"], MINUTE_MS);
if (bundling !== "") stop(`build/bundle.ts ${bundling}`);
const results: Result[] = [];
for (const line of nodeLines(values.node)) {
	for (const suite of chosen) results.push(await runSuite(suite, line));
}
if (positionals.length === 0) results.push(...forgottenFiles());
summarize(results);

/** The suites that are named; else all, or those that depend on Node where other Nodes are asked for. */
function chooseSuites(names: readonly string[]): readonly Suite[] {
	const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
	if (unknown.length > 0) {
		stop(`no suite is called ${unknown.join(", ")}; there are ${SUITES.map(({ name }) => name).join(", ")}`);
	}
	if (names.length > 0) return SUITES.filter(({ name }) => names.includes(name));
	return SUITES.filter(({ isRuntime }) => values.node === "" || isRuntime);
}

async function runSuite(suite: Suite, { version, executable }: NodeLine): Promise<Result> {
	const title = `${suite.name} (Node ${version})`;
	console.log(`\n=== ${title}`);
	const startedAt = performance.now();
	const failed = (remark: string): Result => {
		console.log(`${title}: ${remark}`);
		return { title, passed: 0, failed: 1, skipped: 0, seconds: 0, remark };
	};
	// The one thing that may be missing, until there is a generator.
	if (suite.name === "docs" && !existsSync(join(ROOT, "docs/generate.ts"))) {
		console.log("docs/generate.ts is not there yet: nothing to compare");
		return {
			title,
			passed: 0,
			failed: 0,
			skipped: 0,
			seconds: 0,
			remark: "docs/generate.ts is not there yet",
		};
	}
	if (suite.files !== undefined && globSync(suite.files, { cwd: ROOT }).length === 0) {
		return failed(`there are no tests in ${suite.files}`);
	}
	const notes = mkdtempSync(join(tmpdir(), "production-ready-tests-"));
	try {
		const tap = join(notes, "result.tap");
		const args = suite.program ?? [
			"--test",
			`--test-timeout=${suite.timeoutMs ?? TEST_TIMEOUT_MS}`,
			// One for people, one to count by.
			"--test-reporter=spec",
			"--test-reporter-destination=stdout",
			"--test-reporter=tap",
			`--test-reporter-destination=${tap}`,
			...(suite.filesAtOnce === undefined ? [] : [`--test-concurrency=${suite.filesAtOnce}`]),
			suite.files!,
		];
		const ending = await runToEnd(executable, args, suite.deadlineMs);
		const seconds = (performance.now() - startedAt) / 1_000;
		const report = existsSync(tap) ? readFileSync(tap, "utf8") : "";
		const counts =
			suite.program === undefined
				? countTests(report)
				: { passed: ending === "" ? 1 : 0, failed: 0, skipped: 0 };
		// A run that failed without a failed test counts as one.
		const failures = ending !== "" && counts.failed === 0 ? 1 : counts.failed;
		return {
			title,
			...counts,
			failed: failures,
			seconds,
			remark: ending,
			failures: failedTests(report),
		};
	} finally {
		rmSync(notes, { recursive: true, force: true });
	}
}

/** The counts with which a TAP report closes. */
function countTests(tap: string): Pick<Result, "passed" | "failed" | "skipped"> {
	const count = (name: string): number =>
		Number([...tap.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
	return {
		passed: count("pass"),
		failed: count("fail") + count("cancelled"),
		skipped: count("skipped") + count("todo"),
	};
}

/** The failed tests of a TAP report, without the groups that failed by them. */
function failedTests(tap: string): readonly string[] {
	// A directive says that a test may fail; a sharp in a name of ours is escaped.
	const blocks = tap.matchAll(/^ *not ok \d+ - (.*)\n *---\n([\s\S]*?)\n *\.{3}$/gm);
	return [...blocks]
		.filter(([, name, details]) => !name!.includes(" # ") && !details!.includes("'subtestsFailed'"))
		.map(([, name, details]) => {
			const place = /location: '(.*)'/.exec(details!)?.[1] ?? "";
			const error = /^ *error: (?:\|-\s+)?([\s\S]*?)(?=^ *code:|$(?![\s\S]))/m.exec(details!)?.[1] ?? "";
			const said = error.split("\n").slice(0, MOST_ERROR_LINES).join("\n").trimEnd();
			return `✖ ${name}\n  ${place.replace(ROOT, "")}\n  ${said}`;
		});
}

/** Test files that belong to no suite: without this they would never run, and nobody would notice. */
function forgottenFiles(): readonly Result[] {
	const found = new Set(
		SUITES.flatMap(({ files }) => (files === undefined ? [] : globSync(files, { cwd: ROOT }))),
	);
	const exclude = (name: string): boolean => name.endsWith("node_modules") || name.endsWith("dist");
	const forgotten = globSync(["{bench,docs,examples,packages,tests}/**/*.test.{ts,js,mjs,cjs}"], {
		cwd: ROOT,
		exclude,
	})
		.filter((file) => !found.has(file))
		.map((file) => `${file} belongs to no suite of tests/run.ts`);
	return forgotten.map((remark) => ({
		title: "forgotten",
		passed: 0,
		failed: 1,
		skipped: 0,
		seconds: 0,
		remark,
	}));
}

function summarize(results: readonly Result[]): void {
	const width = Math.max(...results.map(({ title }) => title.length));
	console.log("\n=== summary");
	for (const { title, passed, failed, skipped, seconds, remark } of results) {
		const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`;
		const more = [skipped > 0 ? `${skipped} skipped` : "", remark].filter((text) => text !== "").join(", ");
		console.log(`${title.padEnd(width)} ${counts} ${seconds.toFixed(1).padStart(6)} s  ${more}`.trimEnd());
	}
	for (const { title, failures = [] } of results) {
		for (const failure of failures) console.log(`\n${title}\n${failure}`);
	}
	const sum = (key: "passed" | "failed"): number => results.reduce((total, result) => total + result[key], 0);
	console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
	process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
}

function stop(message: string): never {
	console.error(message);
	process.exit(1);
}
