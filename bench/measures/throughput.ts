/** How many requests each arm serves in a second, side by side: every round all of them, in an order that chance gives. */
import { inFull } from "../arms.ts";
import type { Asking } from "../client.ts";
import { load, loadFor, perSecond, type Seen } from "../load.ts";
import type { Rounds } from "../ratios.ts";
import type { Scene } from "../scenes.ts";
import type { Server } from "../server.ts";
import { shuffled } from "../shuffled.ts";

const SLOT_SECONDS = 1;
/** Until then all of them get faster; packing, which is slow for everyone, is as fast as it gets much sooner. */
const WARM_REQUESTS = 100_000;
const WARM_SECONDS = 20;

interface Entry {
	readonly server: Server;
	readonly asking: Asking;
}

/** Requests a second. */
export async function measureThroughput(
	scene: Scene,
	servers: readonly Server[],
	rounds: number,
): Promise<Rounds> {
	const entries: Entry[] = [];
	for (const server of servers) entries.push({ server, asking: await scene.visit(server) });
	for (const { server, asking } of entries) {
		await loadFor(server, asking, WARM_REQUESTS, WARM_SECONDS);
	}
	const seen = Object.fromEntries(entries.map(({ server }) => [inFull(server.arm), [] as number[]]));
	for (let round = 0; round < rounds; round++) {
		for (const { server, asking } of shuffled(entries)) {
			const slot = await load(server, asking, SLOT_SECONDS);
			assertAnswered(scene, server, slot);
			seen[inFull(server.arm)]!.push(perSecond(slot));
		}
	}
	return seen;
}

/** A stack that refuses where it should serve, or the other way round, is fast for no good reason. */
function assertAnswered(scene: Scene, { arm }: Server, { requests, refused }: Seen): void {
	const wanted = scene.isRefused && arm.store !== undefined ? requests : 0;
	if (refused === wanted) return;
	throw new Error(`${inFull(arm)} refused ${refused} of ${requests} requests of: ${scene.title}`);
}
