/** System calls of a server's main thread for a request, by strace: reads, writes and turns of the loop. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Arm } from "../arms.ts";
import { askInTurn, type Visit } from "../in-turn.ts";
import { type How, startServer } from "../server.ts";

const WARM = 1_000;
const COUNTED = 2_000;

export async function systemCallsPerRequest(arm: Arm, how: How, visit: Visit): Promise<number> {
	const server = await startServer(arm, how);
	try {
		const asking = await visit(server);
		await askInTurn(server, asking, WARM);
		const strace = spawn("strace", ["-c", "-p", String(server.pid)], { stdio: ["ignore", "ignore", "pipe"] });
		await once(strace.stderr, "readable");
		await askInTurn(server, asking, COUNTED);
		strace.kill("SIGINT");
		const table = await text(strace.stderr);
		const total = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+total$/m.exec(table)?.[1];
		if (total === undefined) throw new Error(`strace has not counted: ${table}`);
		return Number(total) / COUNTED;
	} finally {
		await server.stop();
	}
}
