/** How long an answer takes at a rate far below what the server could serve: what a user feels on a calm day. */

import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "../server.ts";

const PER_SECOND = 300;
const SECONDS = 5;
const WARM = 300;

export interface Latency {
	readonly p50Ms: number;
	readonly p99Ms: number;
}

/** Open loop: the next request leaves when its time has come, whether or not the last one has its answer. */
export async function measureLatency(server: Server): Promise<Latency> {
	const agent = new Agent({ keepAlive: true, maxSockets: 20 });
	const ask = async (): Promise<number> => {
		const started = performance.now();
		const asked = request({ agent, port: server.port, path: "/small" }).end();
		const [response] = await once(asked, "response");
		response.resume();
		await once(response, "end");
		return performance.now() - started;
	};
	for (let warm = 0; warm < WARM; warm++) await ask();
	const asked: Promise<number>[] = [];
	const started = performance.now();
	for (let turn = 0; turn < PER_SECOND * SECONDS; turn++) {
		const due = started + (turn * 1_000) / PER_SECOND;
		if (due > performance.now()) await pause(due - performance.now());
		asked.push(ask());
	}
	const times = (await Promise.all(asked)).sort((one, other) => one - other);
	agent.destroy();
	return { p50Ms: times[Math.floor(times.length * 0.5)]!, p99Ms: times[Math.floor(times.length * 0.99)]! };
}
