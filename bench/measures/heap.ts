/** What a request leaves on the heap until the next collection. */
import type { Asking } from "../client.ts";
import { openClient, warm } from "../client.ts";
import { median } from "../ratios.ts";
import type { Server } from "../server.ts";

const WARM = 3_000;
const BLOCKS = 9;

/**
 * Nothing young is collected while it is counted, and code is made fast after so many calls, not after so much time: the
 * figure is the same whatever else runs on the machine.
 */
export const STEADY_HEAP: readonly string[] = [
	"--expose-gc",
	"--min-semi-space-size=256",
	"--max-semi-space-size=256",
	"--no-concurrent-recompilation",
];

/**
 * The median of blocks in which nothing was collected: packing takes memory beside the heap, and so much of it brings a
 * collection after all.
 */
export async function heapBytesPerRequest(server: Server, asking: Asking): Promise<number> {
	const perBlock = asking.encoding === undefined ? 100 : 20;
	await warm(server, asking, asking.encoding === undefined ? WARM : WARM / 4);
	const client = await openClient(server, asking);
	await client.ask(perBlock);
	await server.ask("collect");
	const seen: number[] = [];
	for (let block = 0; block < BLOCKS; block++) {
		const before = await server.ask("figures");
		await client.ask(perBlock);
		const after = await server.ask("figures");
		if (after.collections !== before.collections) continue;
		seen.push((after.heapBytes - before.heapBytes) / perBlock);
	}
	client.close();
	if (seen.length < BLOCKS / 3) throw new Error(`${server.arm.program} collects while its heap is counted`);
	return median(seen);
}
