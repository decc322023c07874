/** An arm as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Arm } from "./arms.ts";
import { on, SERVERS } from "./processors.ts";

export interface Figures {
	readonly heapBytes: number;
	readonly rssBytes: number;
	/** Since the process started, whatever their kind. */
	readonly collections: number;
}

export interface Server {
	readonly arm: Arm;
	readonly pid: number;
	readonly port: number;
	/** From the start of the process to its word that it listens. */
	readonly startMs: number;
	/** `collect`: after a collection, if the process was started with `--expose-gc`. */
	ask(what: "collect" | "figures"): Promise<Figures>;
	/** Its standard output; what a buffer holds is not in it yet. */
	log(): string;
	stop(): Promise<void>;
}

export interface How {
	readonly redisUrl?: string | undefined;
	/** Requests that a client may make. */
	readonly limit?: number;
	/** How long a session may be idle. */
	readonly idleMs?: number;
	readonly execArgv?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** On the processor of the servers: for times, not for counts. */
	readonly isPinned?: boolean;
}

/** For what is counted or compared, and not timed: on a busy machine a call to Redis takes long, and nothing is wrong. */
export const PATIENT: Readonly<Record<string, string>> = { PATIENT: "1" };

const SESSION_SECRET = randomBytes(32).toString("hex");

const living = new Set<ChildProcess>();
process.on("exit", () => living.forEach((child) => void child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

export async function startServer(arm: Arm, how: How = {}): Promise<Server> {
	const { execArgv = [], limit, idleMs } = how;
	const folder = mkdtempSync(join(tmpdir(), "production-ready-bench-"));
	const [log, errors] = [join(folder, "log"), join(folder, "errors")];
	const [stdout, stderr] = [openSync(log, "a"), openSync(errors, "a")];
	const program = join(import.meta.dirname, "programs", `${arm.program}.mjs`);
	const command = [process.execPath, ...execArgv, program];
	const [file, ...args] = how.isPinned ? on(SERVERS, command) : command;
	const started = performance.now();
	const child = spawn(file!, args, {
		cwd: import.meta.dirname,
		stdio: ["ignore", stdout, stderr, "ipc"],
		env: {
			PATH: process.env.PATH,
			NODE_ENV: "production",
			TRUST_PROXY: "1",
			SESSION_SECRET,
			...(arm.store === "redis" && { REDIS_URL: how.redisUrl }),
			...(limit !== undefined && { LIMIT: String(limit) }),
			...(idleMs !== undefined && { IDLE_MS: String(idleMs) }),
			...arm.env,
			...how.env,
		},
	});
	closeSync(stdout);
	closeSync(stderr);
	living.add(child);
	const ended = once(child, "exit").then(() => void living.delete(child));
	const answer = async <Reply>(): Promise<Reply> => {
		const reply = await Promise.race([once(child, "message"), ended]);
		if (reply !== undefined) return reply[0] as Reply;
		throw new Error(`${arm.program} has ended: ${readFileSync(errors, "utf8")}`);
	};
	const { listeningOn } = await answer<{ listeningOn: number }>();
	return {
		arm,
		pid: child.pid!,
		port: listeningOn,
		startMs: performance.now() - started,
		ask(what) {
			const answered = answer<Figures>();
			child.send(what);
			return answered;
		},
		log: () => readFileSync(log, "utf8"),
		async stop() {
			child.kill("SIGKILL");
			await ended;
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
