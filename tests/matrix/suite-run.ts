import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeLine } from "../nodes.ts";
import { runToEnd } from "../run-to-end.ts";
import type { Run } from "./coverage.ts";
import type { Result } from "./results-reporter.ts";

/** Once the suite runs longer than this it hangs. */
const DEADLINE_MS = 15 * 60_000;

export interface Suite {
	readonly files: string;
	readonly filesAtOnce: number;
	/** For a test and for a file. */
	readonly timeoutMs: number;
}

/** Runs a suite once, a dot for every test; a run that breaks without a failed test counts as one. */
export async function runSuite({ version, executable }: NodeLine, suite: Suite): Promise<Run> {
	const notes = mkdtempSync(join(tmpdir(), "production-ready-matrix-"));
	try {
		const file = join(notes, "results");
		const ending = await runToEnd(
			executable,
			[
				"--test",
				`--test-concurrency=${suite.filesAtOnce}`,
				`--test-timeout=${suite.timeoutMs}`,
				"--test-reporter=dot",
				"--test-reporter-destination=stdout",
				"--test-reporter=./tests/matrix/results-reporter.ts",
				`--test-reporter-destination=${file}`,
				suite.files,
			],
			DEADLINE_MS,
		);
		const text = existsSync(file) ? readFileSync(file, "utf8") : "";
		const results = text
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => JSON.parse(line) as Result);
		const isBroken = ending !== "" && results.every(({ outcome }) => outcome !== "failed");
		const broken: Result = { name: "the suite", outcome: "failed", reason: ending, output: "" };
		return { version, results: isBroken ? [...results, broken] : results };
	} finally {
		rmSync(notes, { recursive: true, force: true });
	}
}
