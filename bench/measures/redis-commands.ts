/** Commands that Redis gets for a request, and how often a client waits for it: by Redis' own counters and its log of time. */
import type { Arm } from "../arms.ts";
import { askInTurn, type Visit } from "../in-turn.ts";
import type { Redis } from "../redis.ts";
import { type How, startServer } from "../server.ts";

const WARM = 200;
const COUNTED = 500;

export async function redisCommandsPerRequest(
	arm: Arm,
	how: How,
	visit: Visit,
	redis: Redis,
): Promise<Readonly<Record<string, number>>> {
	const server = await startServer(arm, { ...how, redisUrl: redis.url });
	try {
		const asking = await visit(server);
		await askInTurn(server, asking, WARM);
		await redis.reset();
		await askInTurn(server, asking, COUNTED);
		const commands = Object.entries(await redis.commands()).map(
			([name, calls]) => [name, calls / COUNTED] as const,
		);
		return Object.fromEntries(commands.filter(([, calls]) => calls > 0.02));
	} finally {
		await server.stop();
	}
}
