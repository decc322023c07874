import assert from "node:assert/strict";
import { once } from "node:events";
import { describe } from "node:test";
import type { Client } from "./client.ts";
import { EXPRESS_5, FAMILIES, HTTP1, PLAINTEXT } from "./kinds.ts";
import { type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

async function upgrade(program: Serving, protocol: string): Promise<Client> {
	const client = await program.connect();
	client.send(
		`GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
	);
	await program.says("upgraded");
	await client.until("\r\n\r\n");
	return client;
}

/** A tunnel, as one to a proxy. */
async function tunnel(program: Serving): Promise<Client> {
	const client = await program.connect();
	client.send("CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n");
	await program.says("upgraded");
	await client.until("\r\n\r\n");
	return client;
}

const afterHead = (client: Client): string | undefined => client.received().split("\r\n\r\n")[1];

const UPGRADES = { UPGRADES: "yes" };

describe("a SIGTERM while connections are upgraded", TOGETHER, () => {
	scenario("S15", HTTP1, "a WebSocket hears 1001, and its connection ends", async (t, kind) => {
		const program = await serve(t, kind, { env: UPGRADES });
		const client = await upgrade(program, "websocket");
		program.signal("SIGTERM");
		assert.equal(await client.ended, "end");
		assert.equal(afterHead(client), "\x88\x02\x03\xe9");
		await program.exits(0);
	});

	scenario("S16", HTTP1, "another protocol is ended without a word, and so is a tunnel", async (t, kind) => {
		const program = await serve(t, kind, { env: UPGRADES });
		const clients = [await upgrade(program, "echo"), await tunnel(program)];
		program.signal("SIGTERM");
		for (const client of clients) {
			assert.equal(await client.ended, "end");
			assert.equal(afterHead(client), "");
		}
		await program.exits(0);
	});

	scenario("S16", FAMILIES, "one that its program is still deciding on is refused", async (t, kind) => {
		const program = await serve(t, kind, { env: { UPGRADES: "refused" } });
		const client = await program.connect();
		client.send("GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
		await program.says("asked");
		program.signal("SIGTERM");
		await client.until("503 Service Unavailable");
		// A client that is far away has not ended its side yet.
		program.tell("decide");
		await program.says("refused");
		await program.exits(0);
	});

	for (const [ids, name, leave] of [
		["S15", "a WebSocket", (program: Serving) => upgrade(program, "websocket")],
		["S16", "another protocol", (program: Serving) => upgrade(program, "echo")],
		["S16", "a tunnel", tunnel],
	] as const) {
		scenario(
			ids,
			FAMILIES,
			`${name} whose peer never says goodbye is cut after a second`,
			async (t, kind) => {
				const program = await serve(t, kind, { env: UPGRADES });
				const client = await leave(program);
				client.socket.allowHalfOpen = true;
				program.signal("SIGTERM");
				await program.exits(0);
				const { elapsedMs } = await program.logs("shutdown complete");
				assert.ok(Number(elapsedMs) >= 999, `it took ${elapsedMs} ms`);
				client.socket.destroy();
			},
		);

		scenario(
			ids,
			FAMILIES,
			`${name} whose peer never says goodbye is cut at a deadline that comes sooner`,
			async (t, kind) => {
				const program = await serve(t, kind, { env: { ...UPGRADES, SHUTDOWN_GRACE_SECONDS: "0.5" } });
				const client = await leave(program);
				client.socket.allowHalfOpen = true;
				program.signal("SIGTERM");
				await program.exits(1);
				const line = program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE");
				assert.equal(line?.msg, "deadline exceeded: connections that did not end");
				client.socket.destroy();
			},
		);
	}

	scenario("S15", [EXPRESS_5], "plain requests beside a WebSocket are served as ever", async (t, kind) => {
		const program = await serve(t, kind, { env: UPGRADES });
		const chat = await upgrade(program, "websocket");
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		assert.equal(await chat.ended, "end");
		program.tell("release");
		assert.equal((await client.answer()).headers.connection, "close");
		await program.exits(0);
	});

	scenario(
		"S15",
		PLAINTEXT,
		"a WebSocket of the package ws hears 1001, by both sides' words",
		async (t, kind) => {
			const program = await serve(t, kind, { env: { UPGRADES: "ws" } });
			const socket = new WebSocket(`ws://127.0.0.1:${program.port}/chat`);
			await once(socket, "open");
			const echo = once(socket, "message");
			socket.send("hello");
			assert.equal(((await echo)[0] as MessageEvent).data, "echo hello");
			const closed = once(socket, "close");
			program.signal("SIGTERM");
			const [{ code, wasClean }] = await closed;
			assert.deepEqual([code, wasClean], [1001, true]);
			assert.equal(await program.says("chat closed"), "chat closed with 1001");
			await program.exits(0);
		},
	);
});
