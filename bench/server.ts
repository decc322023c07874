/** An arm as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Arm } from "./arms.ts";

export interface Figures {
	readonly heapBytes: number;
	readonly rssBytes: number;
}

export interface Server {
	readonly arm: Arm;
	readonly pid: number;
	readonly port: number;
	/** From the start of the process to the line that says that it listens. */
	readonly startMs: number;
	/** `collect`: after a collection, if the process was started with `--expose-gc`. */
	ask(what: "collect" | "figures"): Promise<Figures>;
	/** Of the log so far; what a buffer holds is not in it yet. */
	logBytes(): number;
	readonly logFile: string;
	stop(): Promise<void>;
}

export interface How {
	readonly redisUrl?: string | undefined;
	readonly limit?: number;
	readonly execArgv?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
}

/** Servers share one processor, clients and Redis the other: else they would measure each other. */
const SERVERS_CPU = "0";
export const CLIENTS_CPU = "1";

const SESSION_SECRET = randomBytes(32).toString("hex");

const living = new Set<ChildProcess>();
process.on("exit", () => living.forEach((child) => void child.kill("SIGKILL")));

export async function startServer(arm: Arm, how: How = {}): Promise<Server> {
	const folder = mkdtempSync(join(tmpdir(), "production-ready-bench-"));
	const logFile = join(folder, "log");
	const started = performance.now();
	const { execArgv = [], limit } = how;
	const child = spawn(
		"taskset",
		[
			...["-c", SERVERS_CPU, process.execPath, ...execArgv],
			join(import.meta.dirname, "programs", `${arm.program}.mjs`),
		],
		{
			cwd: import.meta.dirname,
			stdio: ["ignore", "pipe", "inherit", "ipc"],
			env: {
				PATH: process.env.PATH,
				NODE_ENV: "production",
				TRUST_PROXY: "1",
				SESSION_SECRET,
				LOG_FILE: logFile,
				...(arm.store === "redis" && { REDIS_URL: how.redisUrl }),
				...(limit === undefined ? {} : { LIMIT: String(limit) }),
				...arm.env,
				...how.env,
			},
		},
	);
	living.add(child);
	const ended = once(child, "exit").then(() => void living.delete(child));
	const port = await portOf(child, arm);
	const startMs = performance.now() - started;
	return {
		arm,
		pid: child.pid!,
		port,
		startMs,
		logFile,
		async ask(what) {
			const answered = once(child, "message");
			child.send(what);
			return (await answered)[0] as Figures;
		},
		logBytes: () => statSync(logFile, { throwIfNoEntry: false })?.size ?? 0,
		async stop() {
			child.kill("SIGKILL");
			await ended;
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

async function portOf(child: ChildProcess, arm: Arm): Promise<number> {
	let text = "";
	for await (const chunk of child.stdout!) {
		text += chunk;
		const port = /listening on (\d+)/.exec(text)?.[1];
		if (port === undefined) continue;
		child.stdout!.resume();
		return Number(port);
	}
	throw new Error(`${arm.program} ended before it listened: ${text}`);
}
