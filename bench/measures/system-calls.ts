/** System calls of a server's main thread for a request, by strace. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Asking } from "../client.ts";
import { openClient } from "../client.ts";
import type { Server } from "../server.ts";

const WARM = 50;
const COUNTED = 300;

/**
 * What V8 does for itself, now and then: other threads woken, memory taken and given back. And the turns of the loop: how
 * many there are depends on what has come by then.
 */
const NOT_THE_REQUESTS =
	/^(?:brk|clock_\w+|epoll_p?wait|futex|getrusage|madvise|mmap|mprotect|mremap|munmap|rt_\w+|sched_\w+)$/;

/** Calls of a request by name. */
export type SystemCalls = Readonly<Record<string, number>>;

let isThere: Promise<boolean> | undefined;

/** It may be missing, or not allowed to look at other processes. */
export function hasStrace(): Promise<boolean> {
	isThere ??= attachesTo(process.pid);
	return isThere;
}

async function attachesTo(pid: number): Promise<boolean> {
	if (spawnSync("strace", ["-V"]).status !== 0) return false;
	const strace = spawn("strace", ["-c", "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
	await once(strace.stderr, "readable");
	strace.kill("SIGINT");
	return / attached/.test(await text(strace.stderr));
}

export async function systemCallsPerRequest(server: Server, asking: Asking): Promise<SystemCalls> {
	const client = await openClient(server, asking);
	await client.ask(WARM);
	const strace = spawn("strace", ["-c", "-p", String(server.pid)], { stdio: ["ignore", "ignore", "pipe"] });
	await once(strace.stderr, "readable");
	await client.ask(COUNTED);
	strace.kill("SIGINT");
	const table = await text(strace.stderr);
	client.close();
	const rows = [...table.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$/gm)];
	const calls = rows
		.map(([, count, name]) => [name!, Number(count) / COUNTED] as const)
		.filter(([name]) => name !== "total" && !NOT_THE_REQUESTS.test(name));
	if (calls.length === 0) throw new Error(`strace has not counted: ${table}`);
	return Object.fromEntries(calls);
}
