/** A process that serves, on a port that it shares with the one that was there before it. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { collectText, type Text } from "../process/text.ts";

export interface Program {
	/** A file of `programs/`. */
	readonly file: string;
	readonly port: number;
	/** What it hands to `productionReady`. */
	readonly options?: object;
	readonly env?: Readonly<Record<string, string>>;
	readonly execArgv?: readonly string[];
}

export interface Instance {
	/** What it tells its test: on standard error, for standard output is the log. */
	readonly told: Text;
	tell(command: string): void;
	signal(name: NodeJS.Signals): void;
	/** Resolves with the exit code, or the signal that ended it. */
	readonly ended: Promise<number | string>;
	/** Its log so far. */
	log(): string;
}

const living = new Set<ChildProcess>();
process.on("exit", () => living.forEach((child) => void child.kill("SIGKILL")));

/** Starts a program and resolves once it listens. */
export async function startInstance(test: TestContext, program: Program): Promise<Instance> {
	const { file, port, options = {}, env, execArgv = [] } = program;
	const folder = mkdtempSync(join(tmpdir(), "production-ready-rolling-"));
	const logFile = join(folder, "log");
	// A file as in production: a pipe that its reader is slow to empty would hold the program up.
	const output = openSync(logFile, "a");
	const path = fileURLToPath(new URL(`programs/${file}`, import.meta.url));
	const child = spawn(process.execPath, [...execArgv, path], {
		// Nothing of the surroundings: a platform's variables would be believed.
		env: {
			PATH: process.env.PATH,
			NODE_ENV: "production",
			PORT: String(port),
			OPTIONS: JSON.stringify(options),
			...env,
		},
		stdio: ["pipe", output, "pipe"],
	});
	closeSync(output);
	living.add(child);
	child.stdin!.on("error", () => {});
	const told = collectText();
	child.stderr!.setEncoding("utf8").on("data", told.add);
	const ended = once(child, "close").then(([code, signal]: (number | string)[]) => {
		living.delete(child);
		told.end(`the end of ${file}`);
		return code ?? signal!;
	});
	test.after(async () => {
		child.kill("SIGKILL");
		await ended;
		rmSync(folder, { recursive: true, force: true });
	});
	await told.until("listening", (text) => text.includes("listening") || undefined);
	return {
		told,
		tell: (command) => void child.stdin!.write(`${command}\n`),
		signal: (name) => void child.kill(name),
		ended,
		log: () => readFileSync(logFile, "utf8"),
	};
}

/** Ends an instance as a platform would, and judges how it ends. */
export async function stopInstance(instance: Instance, code = 0): Promise<void> {
	instance.signal("SIGTERM");
	assert.equal(await instance.ended, code, instance.told.all() + instance.log().slice(-2_000));
}
