/** A Redis for the arms, beside the clients, and what it counts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis as Client } from "ioredis";
import { CLIENTS_CPU } from "./server.ts";

export interface Redis {
	readonly url: string;
	/** Commands that clients have sent since the last reset, by name; what scripts call is not among them. */
	commands(): Promise<Readonly<Record<string, number>>>;
	reset(): Promise<void>;
	flush(): Promise<void>;
	stop(): Promise<void>;
}

/** Of the commands, those that our own looking costs. */
const LOOKING = ["info", "config|resetstat", "flushall", "client|setinfo", "hello"];

export async function startRedis(port = 10_379): Promise<Redis> {
	const folder = mkdtempSync(join(tmpdir(), "production-ready-bench-redis-"));
	const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
	const child = spawn("taskset", ["-c", CLIENTS_CPU, "redis-server", ...args], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const kill = (): unknown => child.kill("SIGKILL");
	process.on("exit", kill);
	let text = "";
	for await (const chunk of child.stdout) {
		text += chunk;
		if (text.includes("Ready to accept connections")) break;
	}
	if (!text.includes("Ready to accept connections")) throw new Error(`redis-server did not start: ${text}`);
	const client = new Client(port, "127.0.0.1");
	return {
		url: `redis://127.0.0.1:${port}`,
		async commands() {
			const stats = await client.info("commandstats");
			const counts = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
				.map(([, name, calls]) => [name!, Number(calls)] as const)
				.filter(([name]) => !LOOKING.includes(name));
			return Object.fromEntries(counts);
		},
		reset: async () => void (await client.config("RESETSTAT")),
		flush: async () => void (await client.flushall()),
		async stop() {
			client.disconnect();
			kill();
			process.off("exit", kill);
			await once(child, "exit");
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
