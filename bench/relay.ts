/**
 * Between a server and Redis. While it watches it keeps what Redis answers for a moment, so that all that leaves without
 * waiting for that answer is seen to belong to the same round trip, however busy the machine is.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { commandsIn } from "./resp.ts";

const HELD_MS = 4;

export interface Exchanged {
	/** Names, in order. */
	readonly commands: readonly string[];
	/** One after the other, before the request had its answer. */
	readonly roundTrips: number;
}

export interface Relay {
	readonly url: string;
	/** What goes to and fro while `ask` runs, and what it leaves to be done. */
	watch(ask: () => Promise<void>): Promise<Exchanged>;
	stop(): void;
}

export async function startRelay(redisPort: number): Promise<Relay> {
	let isWatching = false;
	let commands: string[] = [];
	let roundTrips = 0;
	/** What Redis has answered, and the server does not know yet. */
	let held: (() => void)[] = [];
	let unanswered = 0;
	const open = new Set<Socket>();

	const deliver = (): void => {
		const all = held;
		held = [];
		roundTrips++;
		for (const send of all) send();
	};
	const server = createServer({ noDelay: true }, (near) => {
		const far = connect({ port: redisPort, host: "127.0.0.1", noDelay: true });
		const read = commandsIn();
		near.on("data", (chunk: Buffer) => {
			const names = read(chunk);
			if (isWatching) {
				commands.push(...names);
				if (names.length > 0) unanswered++;
			}
			far.write(chunk);
		});
		far.on("data", (chunk) => {
			if (!isWatching) return void near.write(chunk);
			unanswered = 0;
			if (held.length === 0) setTimeout(deliver, HELD_MS);
			held.push(() => near.write(chunk));
		});
		for (const [one, other] of [
			[near, far],
			[far, near],
		] as const) {
			open.add(one);
			one.on("error", () => one.destroy()).on("close", () => open.delete(one) && other.destroy());
		}
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async watch(ask) {
			[commands, roundTrips, unanswered, isWatching] = [[], 0, 0, true];
			await ask();
			const waitedFor = roundTrips;
			do await pause(HELD_MS);
			while (held.length > 0 || unanswered > 0);
			isWatching = false;
			return { commands, roundTrips: waitedFor };
		},
		stop() {
			server.close();
			for (const socket of open) socket.destroy();
		},
	};
}
