import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { send } from "./client.ts";

/** How a program has ended. */
export interface Ending {
	readonly code: number | null;
	readonly signal: string | null;
	/** From the stop signal. */
	readonly afterMs: number;
	/** It had to be killed: a platform waits no longer. */
	readonly wasKilled: boolean;
}

export interface Program {
	readonly port: number;
	/** What it has written so far. */
	output(): string;
	/** Sends SIGTERM, and SIGKILL when `graceMs` have passed. */
	stop(graceMs: number): Promise<Ending>;
	kill(): void;
}

const START_TIMEOUT_MS = 15_000;
const children = new Set<ChildProcess>();

// However the demo ends, nothing that it has started stays behind.
process.on("exit", () => {
	for (const child of children) child.kill("SIGKILL");
});
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

/** Starts a program of `programs/` on a free port, with nothing of our own environment but what is named here. */
export async function startProgram(name: string, env: Record<string, string>): Promise<Program> {
	const port = await freePort();
	const { PATH, SystemRoot } = process.env;
	const child = spawn(
		process.execPath,
		["--disable-warning=ExperimentalWarning", fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))],
		{
			env: { ...(PATH && { PATH }), ...(SystemRoot && { SystemRoot }), PORT: String(port), ...env },
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	children.add(child);
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text: string) => {
			output += text;
		});
	}
	const ended = once(child, "exit").finally(() => children.delete(child));
	await untilItAnswers(name, port, child, () => output);

	return {
		port,
		output: () => output,
		async stop(graceMs) {
			const startedAtMs = performance.now();
			child.kill("SIGTERM");
			const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
			const [code, signal] = (await ended) as [number | null, string | null];
			clearTimeout(killer);
			return { code, signal, afterMs: performance.now() - startedAtMs, wasKilled: signal === "SIGKILL" };
		},
		kill: () => child.kill("SIGKILL"),
	};
}

async function untilItAnswers(
	name: string,
	port: number,
	child: ChildProcess,
	output: () => string,
): Promise<void> {
	const deadlineMs = performance.now() + START_TIMEOUT_MS;
	while (child.exitCode === null && performance.now() < deadlineMs) {
		if ((await send(port, { path: "/hello" })).status === 200) return;
		await sleep(50);
	}
	child.kill("SIGKILL");
	throw new Error(`${name} did not start:\n${output()}`);
}

async function freePort(): Promise<number> {
	const server = createServer();
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}
