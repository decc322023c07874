/** How long a program takes until it listens, and how much memory it then holds: all arms by turns, in any order. */
import { type Arm, inFull } from "../arms.ts";
import type { Rounds } from "../ratios.ts";
import { type How, startServer } from "../server.ts";
import { shuffled } from "../shuffled.ts";

export interface Started {
	readonly ms: Rounds;
	/** Resident, after a collection. */
	readonly bytes: Rounds;
}

export async function measureStart(arms: readonly Arm[], how: How, rounds: number): Promise<Started> {
	const none = (): Record<string, number[]> =>
		Object.fromEntries(arms.map((arm) => [inFull(arm), [] as number[]]));
	const [ms, bytes] = [none(), none()];
	// The first one reads what is not in the machine's memory yet.
	for (const arm of arms) await startOnce(arm, how);
	for (let round = 0; round < rounds; round++) {
		for (const arm of shuffled(arms)) {
			const { startMs, rssBytes } = await startOnce(arm, how);
			ms[inFull(arm)]!.push(startMs);
			bytes[inFull(arm)]!.push(rssBytes);
		}
	}
	return { ms, bytes };
}

async function startOnce(arm: Arm, how: How): Promise<{ startMs: number; rssBytes: number }> {
	const server = await startServer(arm, { ...how, execArgv: ["--expose-gc"] });
	const { startMs } = server;
	const { rssBytes } = await server.ask("collect");
	await server.stop();
	return { startMs, rssBytes };
}
