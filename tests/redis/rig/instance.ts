/** One process of Redis, a server or a sentinel. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { collectText, type Text } from "../../process/text.ts";
import { redisServer } from "./binary.ts";
import { until } from "./condition.ts";
import { guard } from "./guard.ts";

export interface Instance {
	readonly log: Text;
	/** Resolves once it has ended, and its port refuses connections. */
	end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
	/** Resolves once it does nothing any more; the system goes on to accept connections for it. */
	freeze(): Promise<void>;
	thaw(): void;
}

const living = new Set<ChildProcess>();
process.on("exit", () => living.forEach(kill));

/** What a server and what a sentinel says once it listens. */
const READY = /Ready to accept connections|Sentinel ID is/;

/** Starts it and resolves once it listens. */
export async function startInstance(args: readonly string[], folder: string): Promise<Instance> {
	const child = spawn(await redisServer(), args, {
		cwd: folder,
		env: {},
		stdio: ["ignore", "pipe", "pipe"],
		// A group of its own, with what it forks to copy its data to a replica.
		detached: true,
	});
	living.add(child);
	const callOff = child.pid === undefined ? (): void => {} : guard(child.pid, folder);
	const log = collectText();
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", log.add);
	child.on("error", ({ message }) => log.add(message));
	const ended = new Promise<void>((resolve) => {
		child.on("close", () => {
			living.delete(child);
			callOff();
			log.end("the end of the server");
			resolve();
		});
	});
	const instance: Instance = {
		log,
		async end(signal) {
			if (signal === "SIGKILL") kill(child);
			else child.kill(signal);
			// A frozen one does not see another signal.
			child.kill("SIGCONT");
			await ended;
		},
		async freeze() {
			child.kill("SIGSTOP");
			await until("frozen server", () => isFrozen(child.pid!));
		},
		thaw: () => void child.kill("SIGCONT"),
	};
	await log.until("word that it is ready", (text) => READY.test(text) || undefined);
	return instance;
}

/** The signal is on its way when `kill` returns; where there is no /proc, that has to do. */
function isFrozen(pid: number): boolean {
	const file = `/proc/${pid}/stat`;
	return !existsSync("/proc/self/stat") || /\) T /.test(readFileSync(file, "utf8"));
}

function kill(child: ChildProcess): void {
	// Its id may be somebody else's by now.
	if (!living.has(child)) return;
	try {
		process.kill(-child.pid!, "SIGKILL");
	} catch {
		// It has ended already.
	}
}
