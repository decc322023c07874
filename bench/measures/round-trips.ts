/** What a request asks of Redis, and how often it waits for it. */
import type { Asking } from "../client.ts";
import { openClient } from "../client.ts";
import { median } from "../ratios.ts";
import type { Exchanged, Relay } from "../relay.ts";
import type { Server } from "../server.ts";

const WARM = 50;
const COUNTED = 50;

export interface RoundTrips {
	/** Commands of a request by name, also those that nobody waits for. */
	readonly commands: Readonly<Record<string, number>>;
	readonly inSequence: number;
}

export async function roundTripsPerRequest(
	server: Server,
	asking: Asking,
	relay: Relay,
): Promise<RoundTrips> {
	const client = await openClient(server, asking);
	await client.ask(WARM);
	const seen: Exchanged[] = [];
	while (seen.length < COUNTED) seen.push(await relay.watch(() => client.ask(1)));
	client.close();
	const commands: Record<string, number> = {};
	for (const name of seen.flatMap((exchanged) => exchanged.commands)) {
		commands[name] = (commands[name] ?? 0) + 1 / COUNTED;
	}
	return { commands, inSequence: median(seen.map(({ roundTrips }) => roundTrips)) };
}
