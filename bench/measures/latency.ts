/** How long an answer takes at a rate far below what any server could serve: what a user feels on a calm day. */
import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { inFull } from "../arms.ts";
import type { Rounds } from "../ratios.ts";
import type { Server } from "../server.ts";
import { shuffled } from "../shuffled.ts";

export const PER_SECOND = 250;
const SLOT_SECONDS = 1;
const WARM = 500;
/** More requests than that under way at a time, and the rate is more than the server can serve. */
const SATURATED = 25;

/** Milliseconds, a round each; and the arms that could not keep up, whose figures say nothing. */
export interface Latency {
	readonly p50Ms: Rounds;
	readonly p99Ms: Rounds;
	readonly saturated: readonly string[];
}

export async function measureLatency(servers: readonly Server[], rounds: number): Promise<Latency> {
	const agents = new Map(servers.map((server) => [server, new Agent({ keepAlive: true })]));
	const none = (): Record<string, number[]> =>
		Object.fromEntries(servers.map(({ arm }) => [inFull(arm), [] as number[]]));
	const [p50Ms, p99Ms] = [none(), none()];
	const saturated = new Set<string>();
	for (const server of servers) {
		for (let warm = 0; warm < WARM; warm++) await ask(server, agents.get(server)!);
	}
	for (let round = 0; round < rounds; round++) {
		for (const server of shuffled(servers)) {
			const name = inFull(server.arm);
			const { times, mostAtATime } = await askAtARate(server, agents.get(server)!);
			p50Ms[name]!.push(times[Math.floor(times.length * 0.5)]!);
			p99Ms[name]!.push(times[Math.floor(times.length * 0.99)]!);
			if (mostAtATime > SATURATED) saturated.add(name);
		}
	}
	for (const agent of agents.values()) agent.destroy();
	return { p50Ms, p99Ms, saturated: [...saturated] };
}

/** An open loop: a request leaves when its time has come, whether or not the last one has its answer. */
async function askAtARate(
	server: Server,
	agent: Agent,
): Promise<{ times: readonly number[]; mostAtATime: number }> {
	const asked: Promise<number>[] = [];
	let [atATime, mostAtATime] = [0, 0];
	const started = performance.now();
	for (let turn = 0; turn < PER_SECOND * SLOT_SECONDS; turn++) {
		const due = started + (turn * 1_000) / PER_SECOND;
		// A timer may come up to a millisecond early, which is more than an answer takes.
		while (due > performance.now()) await pause(Math.max(0, due - performance.now() - 1));
		mostAtATime = Math.max(mostAtATime, ++atATime);
		asked.push(
			ask(server, agent).then((doneAt) => {
				atATime--;
				// From when it was due: a client that was late itself has made the user wait too.
				return doneAt - due;
			}),
		);
	}
	return { times: (await Promise.all(asked)).sort((one, other) => one - other), mostAtATime };
}

let turn = 0;

/** Gives the time at which the whole answer is there. */
async function ask(server: Server, agent: Agent): Promise<number> {
	const headers = { "x-forwarded-for": `198.18.8.${turn++ % 250}`, "x-forwarded-proto": "https" };
	const asked = request({ agent, port: server.port, path: "/small", headers }).end();
	const [response] = await once(asked, "response");
	response.resume();
	await once(response, "end");
	return performance.now();
}
