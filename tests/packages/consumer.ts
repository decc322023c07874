import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ROOT, readManifest, type Tarball } from "./tarballs.ts";

const run = promisify(execFile);

/** How long a program may take to listen, to answer and to end: far more than it needs on a slow machine. */
const WAIT_MS = 20_000;

/** The first release of `engines.node`. */
export const OLDEST_NODE = "22.12.0";

/** The last TypeScript before the one this repository is built with. */
export const TYPESCRIPT_BEFORE = "typescript@5.9.3";

export interface ProjectPlan {
	/** A folder of `consumers/`: the project's own files. */
	readonly consumer: string;
	readonly type: "commonjs" | "module";
	/** Packages from the registry, in the versions this repository is tested with unless they name one. */
	readonly packages: readonly string[];
	readonly installFlags?: readonly string[];
	/** Installed by pnpm, without hoisting: a package finds what it declares and nothing else. */
	readonly isStrict?: boolean;
}

/** A project of somebody who knows the tarballs only: made in `parent`, and installed. */
export async function createProject(
	parent: string,
	tarballs: readonly Tarball[],
	{ consumer, type, packages, installFlags = [], isStrict = false }: ProjectPlan,
): Promise<string> {
	const directory = join(parent, isStrict ? `${consumer}-strict` : consumer);
	await cp(fileURLToPath(new URL(`consumers/${consumer}`, import.meta.url)), directory, { recursive: true });
	await writeFile(join(directory, "package.json"), JSON.stringify({ name: consumer, private: true, type }));
	const wanted = [...tarballs.map(({ path }) => path), ...(await Promise.all(packages.map(atTestedVersion)))];
	if (isStrict) await installStrictly(directory, tarballs, wanted);
	else await installByNpm(directory, [...installFlags, ...wanted]);
	return directory;
}

async function installByNpm(cwd: string, args: readonly string[]): Promise<void> {
	const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
	await run("npm", ["install", ...flags, ...args], { cwd, timeout: 180_000 });
}

async function installStrictly(
	cwd: string,
	tarballs: readonly Tarball[],
	wanted: readonly string[],
): Promise<void> {
	// The tarballs want each other by version, and no registry has it yet.
	const overrides = Object.fromEntries(tarballs.map(({ manifest, path }) => [manifest.name, `file:${path}`]));
	// JSON is YAML.
	await writeFile(join(cwd, "pnpm-workspace.yaml"), JSON.stringify({ hoist: false, overrides }));
	const { packageManager } = await readManifest(ROOT);
	await run("npx", ["--yes", packageManager!, "add", "--prefer-offline", ...wanted], {
		cwd,
		timeout: 180_000,
	});
}

/** `express` becomes `express@5.3.0`, and `express4` too becomes the package that stands behind the name. */
async function atTestedVersion(dependency: string): Promise<string> {
	if (dependency.lastIndexOf("@") > 0) return dependency;
	const places = [join(ROOT, "tests/node_modules"), join(ROOT, "node_modules")];
	for (const place of places) {
		const manifest = await readManifest(join(place, dependency)).catch(() => undefined);
		if (manifest !== undefined) return `${manifest.name}@${manifest.version}`;
	}
	throw new Error(
		`${dependency} is installed in none of ${places.join(", ")}: its tested version is unknown`,
	);
}

/** Gives a package of the project a copy of our packages for itself, as npm does for a version of its own. */
export async function copyPackagesInto(project: string, folder: string): Promise<void> {
	const target = join(project, folder, "node_modules");
	await mkdir(target);
	await cp(join(project, "node_modules/@production-ready"), join(target, "@production-ready"), {
		recursive: true,
	});
}

/** The executable of another Node than the one that runs the tests. */
export async function nodeOf(version: string): Promise<string> {
	const { stdout } = await run("npx", ["--yes", "-p", `node@${version}`, "node", "-p", "process.execPath"], {
		cwd: tmpdir(),
		timeout: 180_000,
	});
	return stdout.trim();
}

export interface Program {
	readonly origin: string;
	/** Standard output and standard error, as far as they have come. */
	output(): string;
	/** Sends SIGTERM and waits for the end. */
	stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>;
	kill(): void;
}

/** Starts a program as an operator would, and waits until it says `port <number>`. */
export async function startProgram(
	cwd: string,
	args: readonly string[],
	node: string = process.execPath,
): Promise<Program> {
	const { PATH, HOME } = process.env;
	const child = spawn(node, args, { cwd, env: { PATH, HOME, NODE_ENV: "production" } });
	const lines: string[] = [];
	const port = new Promise<string>((resolve) => {
		for (const stream of [child.stdout, child.stderr]) {
			createInterface({ input: stream }).on("line", (line) => {
				lines.push(line);
				const [, number] = /^port (\d+)$/.exec(line) ?? [];
				if (number !== undefined) resolve(number);
			});
		}
	});
	const ended = endOf(child);
	const output = (): string => lines.join("\n");
	const early = ended.then(({ code }): never => {
		throw new Error(`${args.join(" ")} ended with ${code} before it listened:\n${output()}`);
	});
	try {
		const number = await within(`${args.join(" ")} to listen`, Promise.race([port, early]));
		return {
			origin: `http://127.0.0.1:${number}`,
			output,
			async stop() {
				child.kill("SIGTERM");
				return { ...(await within(`${args.join(" ")} to end`, ended)), output: output() };
			},
			kill: () => void child.kill("SIGKILL"),
		};
	} catch (error) {
		child.kill("SIGKILL");
		throw error;
	}
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
	// "close" comes after the last line of output.
	return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
}

async function within<Value>(what: string, promise: Promise<Value>): Promise<Value> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error(`waited ${WAIT_MS} ms for ${what}`)), WAIT_MS);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

export interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
}

/** One request, whose connection stays open, as a browser's does. */
export async function ask({ origin }: Program, path: string): Promise<Answer> {
	const response = await fetch(origin + path, { signal: AbortSignal.timeout(WAIT_MS) });
	return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Type checks a project of the consumer; what TypeScript complains of is the failure's message. */
export async function checkTypes(
	cwd: string,
	project: string,
	typescript: string = join(ROOT, "node_modules/typescript"),
): Promise<void> {
	const args = [join(typescript, "bin/tsc"), "--noEmit", "--pretty", "false", "-p", project];
	const complaints = await run(process.execPath, args, { cwd, timeout: 120_000 }).then(
		() => "",
		(error: { stdout: string; message: string }) => error.stdout || error.message,
	);
	assert.equal(complaints, "");
}
