import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { type Relay, startRelay } from "./relay.ts";

const PING = "*1\r\n$4\r\nPING\r\n";
const PONG = "+PONG\r\n";

let redis: Server;
let relay: Relay;
let client: Socket;

before(async () => {
	// Answers each command by itself, as fast as it can: what leaves together has to be seen together all the same.
	redis = createServer({ noDelay: true }, (socket) => {
		socket.on("data", (chunk) => {
			for (let left = chunk.length; left > 0; left -= PING.length) socket.write(PONG);
		});
		socket.on("error", () => socket.destroy());
	}).listen(0, "127.0.0.1");
	await once(redis, "listening");
	relay = await startRelay((redis.address() as AddressInfo).port);
	client = connect({ port: Number(new URL(relay.url).port), host: "127.0.0.1", noDelay: true });
	await once(client, "connect");
});
after(() => {
	client.destroy();
	relay.stop();
	redis.close();
});

async function answers(count: number): Promise<void> {
	for (let bytes = 0; bytes < count * PONG.length; )
		bytes += ((await once(client, "data")) as [Buffer])[0].length;
}

test("commands that leave without waiting for each other are one round trip", async () => {
	const seen = await relay.watch(async () => {
		client.write(PING);
		client.write(PING);
		await answers(2);
	});
	assert.deepEqual(seen, { commands: ["PING", "PING"], roundTrips: 1 });
});

test("a command that waits for the answer to another one is a second round trip", async () => {
	const seen = await relay.watch(async () => {
		for (let turn = 0; turn < 2; turn++) {
			client.write(PING);
			await answers(1);
		}
	});
	assert.deepEqual(seen, { commands: ["PING", "PING"], roundTrips: 2 });
});

test("what nobody waits for is a command, and no round trip of the request", async () => {
	const seen = await relay.watch(async () => void client.write(PING));
	assert.deepEqual(seen, { commands: ["PING"], roundTrips: 0 });
});

test("a request that asks nothing of Redis has neither", async () => {
	assert.deepEqual(await relay.watch(async () => {}), { commands: [], roundTrips: 0 });
});
