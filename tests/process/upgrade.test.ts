import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Client } from "./client.ts";
import { EVERY_KIND, KINDS, type Serving, serve } from "./run.ts";

async function upgrade(program: Serving, protocol: string): Promise<Client> {
	const client = await program.connect();
	client.send(
		`GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
	);
	await program.says("upgraded");
	await client.until("\r\n\r\n");
	return client;
}

const UPGRADES = { env: { UPGRADES: "yes" } };

describe("a SIGTERM while connections are upgraded", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		test(`${kind} says 1001 to a WebSocket and exits with 0`, async (t) => {
			const program = await serve(t, KINDS[kind], UPGRADES);
			const client = await upgrade(program, "websocket");
			program.signal("SIGTERM");
			assert.equal(await client.ended, "end");
			assert.equal(client.received().split("\r\n\r\n")[1], "\x88\x02\x03\xe9");
			await program.exits(0);
		});
	}

	test("ends another protocol without a word", async (t) => {
		const program = await serve(t, KINDS["node:http"], UPGRADES);
		const client = await upgrade(program, "echo");
		program.signal("SIGTERM");
		assert.equal(await client.ended, "end");
		assert.equal(client.received().split("\r\n\r\n")[1], "");
		await program.exits(0);
	});

	test("does not wait for a peer that never says goodbye", async (t) => {
		const program = await serve(t, KINDS["Express 5"], UPGRADES);
		const client = await upgrade(program, "websocket");
		client.socket.allowHalfOpen = true;
		program.signal("SIGTERM");
		await program.exits(0);
		client.socket.destroy();
	});

	test("serves plain requests beside them as ever", async (t) => {
		const program = await serve(t, KINDS["Express 5"], UPGRADES);
		const chat = await upgrade(program, "websocket");
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		assert.equal(await chat.ended, "end");
		program.tell("release");
		assert.equal((await client.answer()).headers.connection, "close");
		await program.exits(0);
	});
});
