import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../run-to-end.ts";
import type { Origin, Suite } from "./suites.ts";

const PLACE = join(tmpdir(), "production-ready-no-harm");
const TIMEOUT_MS = 5 * 60_000;

/** A suite that can be run. */
export interface Fetched {
	readonly folder: string;
	readonly version: string;
	/** The tag that the tests are from. */
	readonly tests: string;
}

/**
 * The package of the version that we use, with all that its tests need beside it. It is kept for the next run. Tests that
 * are not in the package come from a repository: its URL, or the folder of a clone.
 */
export function fetchSuite(suite: Suite, origin = suite.origin): Fetched {
	const version = versionOf(join(ROOT, "tests/node_modules", suite.folder));
	const folder = join(PLACE, `${suite.package}-${version}`);
	const note = join(folder, ".tests");
	if (!existsSync(note)) {
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder, { recursive: true });
		unpack(`${suite.package}@${version}`, folder);
		const tests = origin === undefined ? `v${version}` : copyTests(origin, version, folder);
		run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"], folder);
		writeFileSync(note, tests);
	}
	return { folder, version, tests: readFileSync(note, "utf8") };
}

function unpack(specifier: string, folder: string): void {
	const file = run("npm", ["pack", "--silent", specifier], folder).trim();
	run("tar", ["-xzf", file, "--strip-components=1"], folder);
	rmSync(join(folder, file));
}

/** The tests of that version, or of the branch that it is made from where the repository does not know it yet. */
function copyTests({ repository, branch }: Origin, version: string, folder: string): string {
	const clone = join(folder, ".clone");
	const tag = `v${version}`;
	const isKnown = run("git", ["ls-remote", "--tags", "--refs", repository, tag], folder) !== "";
	const from = isKnown ? tag : branch;
	run("git", ["clone", "--quiet", "--depth=1", `--branch=${from}`, asUrl(repository), clone], folder);
	const commit = run("git", ["rev-parse", "--short", "HEAD"], clone).trim();
	// The examples have tests too.
	for (const part of ["test", "examples"]) cpSync(join(clone, part), join(folder, part), { recursive: true });
	rmSync(clone, { recursive: true });
	return isKnown ? tag : `${branch} at ${commit}`;
}

/** git copies a folder whole unless it is told that it is a remote. */
function asUrl(repository: string): string {
	return existsSync(repository) ? `file://${repository}` : repository;
}

function versionOf(folder: string): string {
	return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}

function run(command: string, args: readonly string[], cwd: string): string {
	return execFileSync(command, args, {
		cwd,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "pipe"],
		timeout: TIMEOUT_MS,
		// Nobody sits there to type a password.
		env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
	});
}
