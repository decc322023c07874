/** A Redis for the arms, on the processor of the clients, and a relay before it that counts. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis as Client } from "ioredis";
import { freePort } from "./free-port.ts";
import { CLIENTS, on } from "./processors.ts";
import { type Relay, startRelay } from "./relay.ts";

export interface Redis {
	readonly url: string;
	readonly relay: Relay;
	flush(): Promise<void>;
	stop(): Promise<void>;
}

export function hasRedis(): boolean {
	return spawnSync("redis-server", ["--version"]).status === 0;
}

export async function startRedis(): Promise<Redis> {
	const port = await freePort();
	const folder = mkdtempSync(join(tmpdir(), "production-ready-bench-redis-"));
	const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
	const [file, ...rest] = on(CLIENTS, ["redis-server", ...args]);
	const child = spawn(file!, rest, { stdio: ["ignore", "pipe", "inherit"] });
	const kill = (): unknown => child.kill("SIGKILL");
	process.on("exit", kill);
	await ready(child.stdout);
	const client = new Client(port, "127.0.0.1");
	const relay = await startRelay(port);
	return {
		url: `redis://127.0.0.1:${port}`,
		relay,
		flush: async () => void (await client.flushall()),
		async stop() {
			client.disconnect();
			relay.stop();
			kill();
			process.off("exit", kill);
			await once(child, "exit");
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

async function ready(stdout: NodeJS.ReadableStream): Promise<void> {
	let text = "";
	await new Promise<void>((resolve, reject) => {
		stdout.on("data", (chunk) => {
			text += chunk;
			if (text.includes("Ready to accept connections")) resolve();
		});
		stdout.on("end", () => reject(new Error(`redis-server did not start: ${text}`)));
	});
}
