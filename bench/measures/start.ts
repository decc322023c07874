/** How much later than the bare framework a stack listens, and how much more memory it then holds. */
import { type Arm, inFull } from "../arms.ts";
import { type How, startServer } from "../server.ts";
import { median } from "./throughput.ts";

export interface Started {
	readonly overBareMs: number;
	readonly overBareBytes: number;
}

export async function measureStart(
	arms: readonly Arm[],
	bare: Arm,
	how: How,
	rounds: number,
): Promise<ReadonlyMap<string, Started>> {
	const later = new Map<string, { ms: number[]; bytes: number[] }>();
	for (let round = 0; round < rounds; round++) {
		const base = await startOnce(bare, how);
		for (const arm of arms) {
			const name = inFull(arm);
			const { ms, bytes } = later.get(name) ?? { ms: [], bytes: [] };
			const { startMs, rssBytes } = await startOnce(arm, how);
			ms.push(startMs - base.startMs);
			bytes.push(rssBytes - base.rssBytes);
			later.set(name, { ms, bytes });
		}
	}
	return new Map(
		[...later].map(([name, { ms, bytes }]) => [
			name,
			{ overBareMs: median(ms), overBareBytes: median(bytes) },
		]),
	);
}

async function startOnce(arm: Arm, how: How): Promise<{ startMs: number; rssBytes: number }> {
	const server = await startServer(arm, { ...how, execArgv: ["--expose-gc"] });
	const { rssBytes } = await server.ask("collect");
	const { startMs } = server;
	await server.stop();
	return { startMs, rssBytes };
}
