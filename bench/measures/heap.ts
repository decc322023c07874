/** What a request leaves on the heap until the next collection: repeats within a few percent, whatever else runs. */
import type { Arm } from "../arms.ts";
import { askInTurn, type Visit } from "../in-turn.ts";
import { type How, startServer } from "../server.ts";

const WARM = 3_000;
const COUNTED = 1_000;

/** So large that nothing is collected while it is counted. */
const NO_COLLECTION = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];

export async function heapBytesPerRequest(arm: Arm, how: How, visit: Visit): Promise<number> {
	const server = await startServer(arm, { ...how, execArgv: NO_COLLECTION });
	try {
		const asking = await visit(server);
		await askInTurn(server, asking, WARM);
		const before = await server.ask("collect");
		await askInTurn(server, asking, COUNTED);
		const after = await server.ask("figures");
		return (after.heapBytes - before.heapBytes) / COUNTED;
	} finally {
		await server.stop();
	}
}
