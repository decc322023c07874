import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { byName, type Result, type Results } from "./result.ts";
import type { Suite } from "./suites.ts";

/** Of one test, where the suite says nothing itself. */
const TEST_TIMEOUT_MS = 20_000;
/** Of one process. */
const DEADLINE_MS = 4 * 60_000;

const HERE = dirname(fileURLToPath(import.meta.url));

/** Runs test files of a suite, bare or with us and these options. */
export async function runFiles(
	suite: Suite,
	folder: string,
	files: readonly string[],
	options?: object,
): Promise<Results> {
	const waiting = suite.isOneProcess ? [files] : files.map((file) => [file]);
	const found: Result[] = [];
	const work = async (): Promise<void> => {
		for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
			found.push(...(await runProcess(suite, folder, next, options)));
			process.stdout.write(".");
		}
	};
	await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
	console.log();
	return byName(found);
}

async function runProcess(
	suite: Suite,
	folder: string,
	files: readonly string[],
	options: object | undefined,
): Promise<readonly Result[]> {
	const notes = mkdtempSync(join(tmpdir(), "production-ready-no-harm-"));
	const results = join(notes, "results");
	try {
		const preload = options === undefined ? [] : ["--import", pathToFileURL(join(HERE, suite.preload)).href];
		const args = suite.runner === "mocha" ? mochaArgs(files) : nodeTestArgs(files, results);
		const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env;
		await ending(
			spawn(process.execPath, [...preload, ...args], {
				cwd: folder,
				stdio: "ignore",
				timeout: DEADLINE_MS,
				killSignal: "SIGKILL",
				env: {
					...env,
					PATH: [dirname(process.execPath), env.PATH].join(delimiter),
					NODE_ENV: "test",
					RESULTS: results,
					NO_HARM_SUITE: pathToFileURL(join(folder, "/")).href,
					NO_HARM_OPTIONS: JSON.stringify(options),
				},
			}),
		);
		return existsSync(results) ? readLines(readFileSync(results, "utf8")) : [];
	} finally {
		rmSync(notes, { recursive: true, force: true });
	}
}

function nodeTestArgs(files: readonly string[], results: string): readonly string[] {
	return [
		`--test-timeout=${TEST_TIMEOUT_MS}`,
		// A test that fails leaves its server open.
		"--test-force-exit",
		`--test-reporter=${join(HERE, "node-test-reporter.ts")}`,
		`--test-reporter-destination=${results}`,
		...files,
	];
}

function mochaArgs(files: readonly string[]): readonly string[] {
	const mocha = "node_modules/mocha/bin/_mocha";
	const reporter = join(HERE, "mocha-reporter.cjs");
	return [
		mocha,
		"--require",
		"test/support/env",
		"--reporter",
		reporter,
		"--check-leaks",
		"--exit",
		...files,
	];
}

function ending(child: ReturnType<typeof spawn>): Promise<void> {
	return new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", () => resolve());
	});
}

function readLines(text: string): readonly Result[] {
	const lines = text.split("\n").filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line) as Result);
}
