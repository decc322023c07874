/** Clients in a closed loop, by wrk: each asks again as soon as it has its answer. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Asking } from "./client.ts";
import { CLIENTS, on } from "./processors.ts";
import type { Server } from "./server.ts";

export interface Seen {
	readonly requests: number;
	readonly durationUs: number;
	/** Of all answers, heads included. */
	readonly bytes: number;
	/** Answers of 400 and above. */
	readonly refused: number;
	/** Connections that failed, answers that were cut or very late. */
	readonly broken: number;
}

export const CONNECTIONS = 40;

const run = promisify(execFile);

export async function load(server: Server, asking: Asking, seconds: number): Promise<Seen> {
	const { path, cookies = "-", addresses = 1_000, encoding = "-" } = asking;
	const [file, ...args] = on(CLIENTS, [
		...["wrk", "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--timeout", "20s"],
		...["-s", join(import.meta.dirname, "load.lua"), `http://127.0.0.1:${server.port}`],
		...["--", path, cookies, String(addresses), encoding],
	]);
	const { stdout } = await run(file!, args);
	const seen = JSON.parse(stdout.slice(stdout.lastIndexOf("\n{"))) as Seen;
	if (seen.requests === 0 || seen.broken > 0)
		throw new Error(`${server.arm.program}: ${JSON.stringify(seen)}`);
	return seen;
}

/** At least so many requests; says how many there were. */
export async function loadFor(
	server: Server,
	asking: Asking,
	least: number,
	mostSeconds = Number.POSITIVE_INFINITY,
): Promise<number> {
	let requests = 0;
	for (let second = 0; requests < least && second < mostSeconds; second++) {
		requests += (await load(server, asking, 1)).requests;
	}
	return requests;
}

export const perSecond = ({ requests, durationUs }: Seen): number => (requests * 1e6) / durationUs;
