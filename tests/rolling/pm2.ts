/**
 * pm2 with a home of its own. It is fetched when it is asked for: as a dependency of the tests it would bring eighty
 * packages, and change what `debug` is for the frameworks that are tested.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { portToKeep } from "../process/ports.ts";

const VERSION = "7.0.4";

const FETCH_MS = 60_000;

let fetched: string | undefined;

/** The path of its command. */
export function fetchPm2(): string {
	// Elsewhere than here, where npx would look for what this workspace has installed.
	const options = { cwd: tmpdir(), encoding: "utf8", timeout: FETCH_MS } as const;
	fetched ??= execFileSync("npx", ["--yes", "-p", `pm2@${VERSION}`, "which", "pm2"], options).trim();
	return fetched;
}

export interface Pm2 {
	readonly port: number;
	/** Resolves once so many processes have told that they listen, those included that are gone. */
	listening(count: number): Promise<void>;
	/** Runs a command to its end and gives what it prints. */
	run(...command: readonly string[]): Promise<string>;
	/** The daemon's own log: what it did, and how every process ended. */
	diary(): string;
}

export interface App {
	/** A file of `programs/`. */
	readonly file: string;
	/** What it hands to `productionReady`. */
	readonly options?: object;
	readonly env?: Readonly<Record<string, string>>;
	/** Settings of pm2, as in an ecosystem file. */
	readonly settings?: object;
}

export const NAME = "app";

/** A command that takes longer hangs. */
const COMMAND_MS = 40_000;

/** Starts two processes of an app in cluster mode, and resolves once both listen. */
export async function startPm2(test: TestContext, { file, options, env, settings }: App): Promise<Pm2> {
	const command = fetchPm2();
	const port = await portToKeep();
	const home = mkdtempSync(join(tmpdir(), "production-ready-pm2-"));
	// pm2 tells its makers of every home that it has not been in yet.
	writeFileSync(join(home, "touch"), "");
	// What the programs tell; pm2 makes it only once it has begun to start them.
	writeFileSync(join(home, "error.log"), "");
	const surroundings = {
		PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
		HOME: home,
		PM2_HOME: home,
		PM2_DISCRETE_MODE: "1",
		PM2_DISABLE_VERSION_CHECK: "1",
	};
	const run = async (...args: readonly string[]): Promise<string> => {
		const bounds = { env: surroundings, timeout: COMMAND_MS };
		const { stdout } = await promisify(execFile)(process.execPath, [command, ...args], bounds);
		return stdout;
	};
	const read = (name: string): string => readFileSync(join(home, name), "utf8");
	// Workers end with the daemon, which is no child of ours.
	const killDaemon = (): void => {
		try {
			process.kill(Number(read("pm2.pid")), "SIGKILL");
		} catch {
			// It has ended already.
		}
	};
	process.on("exit", killDaemon);
	test.after(async () => {
		await run("kill").catch(() => {});
		killDaemon();
		process.off("exit", killDaemon);
		rmSync(home, { recursive: true, force: true, maxRetries: 5 });
	});
	const app = {
		name: NAME,
		script: fileURLToPath(new URL(`programs/${file}`, import.meta.url)),
		exec_mode: "cluster",
		instances: 2,
		out_file: join(home, "out.log"),
		error_file: join(home, "error.log"),
		merge_logs: true,
		env: { NODE_ENV: "production", PORT: String(port), OPTIONS: JSON.stringify(options ?? {}), ...env },
		...settings,
	};
	writeFileSync(join(home, "app.json"), JSON.stringify({ apps: [app] }));
	await run("start", join(home, "app.json"));
	const listening = async (count: number): Promise<void> => {
		while (read("error.log").split("listening").length <= count && !test.signal.aborted) await pause(20);
	};
	await listening(2);
	return { port, listening, run, diary: () => read("pm2.log") };
}
