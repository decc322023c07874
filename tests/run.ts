/**
 * All tests, one suite after the other: `pnpm test`. Some of them: `pnpm test contract process`. On other lines of Node:
 * `pnpm test --node 22,26`, which runs what depends on Node's behaviour, or the suites that are named.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Suite {
	readonly name: string;
	/** Test files, or the arguments of a program that says yes or no. */
	readonly files?: string;
	readonly program?: readonly string[];
	/** Depends on Node's behaviour: worth running on every line of Node. */
	readonly isRuntime?: true;
	/** Once it runs longer than this it hangs. */
	readonly deadlineMs: number;
}

const MINUTE_MS = 60_000;

const SUITES: readonly Suite[] = [
	{
		name: "lint",
		program: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
		deadlineMs: MINUTE_MS,
	},
	{ name: "unit", files: "packages/*/src/**/*.test.ts", isRuntime: true, deadlineMs: 3 * MINUTE_MS },
	{ name: "house", files: "tests/house/**/*.test.ts", deadlineMs: 2 * MINUTE_MS },
	{ name: "models", files: "tests/models/**/*.test.ts", deadlineMs: 5 * MINUTE_MS },
	{ name: "contract", files: "tests/contract/**/*.test.ts", isRuntime: true, deadlineMs: 5 * MINUTE_MS },
	{ name: "process", files: "tests/process/**/*.test.ts", isRuntime: true, deadlineMs: 5 * MINUTE_MS },
	{ name: "rolling", files: "tests/rolling/**/*.test.ts", deadlineMs: 8 * MINUTE_MS },
	{ name: "packages", files: "tests/packages/**/*.test.ts", deadlineMs: 5 * MINUTE_MS },
	{ name: "docs", program: ["docs/generate.ts", "--check"], deadlineMs: MINUTE_MS },
];

/** The test runner's own limit for a test and for a file; without one a test that waits for nothing waits for ever. */
const TEST_TIMEOUT_MS = 2 * MINUTE_MS;

/** What the test runner gets to end its own children, before it is killed itself. */
const KILL_AFTER_MS = 5_000;

interface Line {
	/** Major version, as in `--node 22`; nothing for the Node that runs this. */
	readonly version: string;
	readonly executable: string;
}

interface Result {
	readonly title: string;
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
	readonly seconds: number;
	readonly remark: string;
}

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { node: { type: "string", default: process.env.TEST_NODE ?? "" } },
});

const chosen = chooseSuites(positionals);
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

/** Other Nodes come from the registry, as the package `node`. */
function nodeLines(wanted: string): readonly Line[] {
	const versions = wanted.split(",").filter((version) => version !== "");
	if (versions.length === 0) return [{ version: process.version, executable: process.execPath }];
	return versions.map((version) => {
		console.log(`fetching Node ${version}`);
		const args = ["--yes", "-p", `node@${version}`, "node", "-p", "process.execPath + ' ' + process.version"];
		// Elsewhere than here, where npx would look for what this workspace has installed.
		const options = { cwd: tmpdir(), encoding: "utf8", timeout: 5 * MINUTE_MS } as const;
		const [, executable, found] = /^(.+) (v\d+\.\d+\.\d+)$/m.exec(execFileSync("npx", args, options)) ?? [];
		if (executable === undefined || found?.startsWith(`v${version}`) !== true) {
			return stop(`npx gave ${found ?? "nothing"} for node@${version}`);
		}
		return { version: found, executable };
	});
}

async function runSuite(suite: Suite, { version, executable }: Line): Promise<Result> {
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
			`--test-timeout=${TEST_TIMEOUT_MS}`,
			// One for people, one to count by.
			"--test-reporter=spec",
			"--test-reporter-destination=stdout",
			"--test-reporter=tap",
			`--test-reporter-destination=${tap}`,
			suite.files!,
		];
		const ending = await run(executable, args, suite.deadlineMs);
		const seconds = (performance.now() - startedAt) / 1_000;
		const counts =
			suite.program === undefined
				? countTests(tap)
				: { passed: ending === "" ? 1 : 0, failed: 0, skipped: 0 };
		// A run that failed without a failed test counts as one.
		const failures = ending !== "" && counts.failed === 0 ? 1 : counts.failed;
		return { title, ...counts, failed: failures, seconds, remark: ending };
	} finally {
		rmSync(notes, { recursive: true, force: true });
	}
}

/** Runs to the end, with its output going out as it comes. Gives what went wrong, or nothing. */
function run(executable: string, args: readonly string[], deadlineMs: number): Promise<string> {
	// What the tests start by name is the same Node as they run on.
	const PATH = [dirname(executable), process.env.PATH].join(delimiter);
	const child = spawn(executable, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, PATH } });
	let isLate = false;
	const timer = setTimeout(() => {
		isLate = true;
		child.kill("SIGTERM");
		setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
	}, deadlineMs);
	return new Promise((resolve) => {
		child.once("error", (error) => resolve(error.message));
		child.once("exit", (code, signal) => {
			clearTimeout(timer);
			if (isLate) resolve(`did not end within ${deadlineMs / 1_000} s`);
			else resolve(code === 0 ? "" : `ended with ${code ?? signal}`);
		});
	});
}

/** The counts with which a TAP report closes. */
function countTests(tap: string): Pick<Result, "passed" | "failed" | "skipped"> {
	const text = existsSync(tap) ? readFileSync(tap, "utf8") : "";
	const count = (name: string): number =>
		Number([...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
	return {
		passed: count("pass"),
		failed: count("fail") + count("cancelled"),
		skipped: count("skipped") + count("todo"),
	};
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
	const sum = (key: "passed" | "failed"): number => results.reduce((total, result) => total + result[key], 0);
	console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
	process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
}

function stop(message: string): never {
	console.error(message);
	process.exit(1);
}
