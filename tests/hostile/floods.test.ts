/** Many connections and streams that come and go: the process lives and serves, and nothing of them stays behind. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";

import { runInNewContext } from "node:vm";
import { adopt } from "@production-ready/core/lifecycle";
import { hello } from "../contract/servers.ts";
import { connectHttp2 as openSession } from "../process/http2-client.ts";
import { BESIDE, EXPRESS, EXPRESS_HTTPS, FASTIFY, FASTIFY_HTTP2, type Kind, type Started } from "./kinds.ts";

const FLOOD = 10_000;
const AT_A_TIME = 250;

/** How much more may be in use after the flood than when a fifth of it had passed. */
const MOST_GROWTH = 1.2;

/** The client costs as much as the server: what they have in common is flooded once. */
const FLOODED: readonly (readonly [Kind, number])[] = [
	[EXPRESS, FLOOD],
	[FASTIFY, FLOOD / 5],
	[EXPRESS_HTTPS, FLOOD / 5],
	[BESIDE, FLOOD / 5],
];

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

async function heapBytes(): Promise<number> {
	// What closed connections leave to the next turns of the event loop goes first.
	for (let turns = 0; turns < 20; turns++) await turn();
	collectGarbage();
	collectGarbage();
	return process.memoryUsage().heapUsed;
}

/** Ways to come and go, one after the other. */
const VISITS: readonly string[] = [
	"",
	"G",
	"GET / HTTP/1.1\r\nHost: a\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"\0\r\n\r\n",
];

async function visit(port: number, index: number): Promise<void> {
	const socket = connect(port, "127.0.0.1").on("error", () => {});
	const bytes = VISITS[index % VISITS.length]!;
	await once(socket, "connect");
	if (bytes !== "") socket.write(bytes);
	// By a FIN, or by a RST.
	if (index % 2 === 0) socket.destroy();
	else socket.resetAndDestroy();
	await once(socket, "close");
}

async function flood(count: number, come: (index: number) => Promise<unknown>): Promise<void> {
	let begun = 0;
	const visitor = async (): Promise<void> => {
		while (begun < count) await come(begun++);
	};
	await Promise.all(Array.from({ length: AT_A_TIME }, visitor));
}

/** The tracker waits for every connection that it knows: one that it had not let go of would keep it for ever. */
async function closes({ server }: Started): Promise<void> {
	await adopt(server as never).close();
}

describe("a flood", () => {
	for (const [kind, visits] of FLOODED) {
		test(`H109: of connections that come and go leaves nothing behind (${kind.name})`, async (t) => {
			const app = await kind.start(t, {}, [hello()]);
			await flood(visits / 5, (index) => visit(app.port, index));
			const before = await heapBytes();
			app.lines.length = 0;
			await flood(visits, (index) => visit(app.port, index));
			app.lines.length = 0;
			const after = await heapBytes();
			assert.ok(after < before * MOST_GROWTH, `${before} bytes before, ${after} after`);
			await closes(app);
		});
	}

	test("H109: of streams that are reset at once ends their sessions, and leaves nothing behind", async (t) => {
		const app = await FASTIFY_HTTP2.start(t, {}, [{ path: "/", handle: () => undefined }, hello("/hello")]);
		const before = await resetStreams(app.port, FLOOD / 5).then(heapBytes);
		app.lines.length = 0;
		await resetStreams(app.port, FLOOD);
		app.lines.length = 0;
		const after = await heapBytes();
		assert.ok(after < before * MOST_GROWTH, `${before} bytes before, ${after} after`);
		await isServed(app);
		await closes(app);
	});

	test("H109: of CONTINUATION ends its connection, and others are served", async (t) => {
		const app = await FASTIFY_HTTP2.start(t, {}, [hello("/hello")]);
		const socket = connect(app.port, "127.0.0.1").on("error", () => {});
		socket.resume();
		socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
		socket.write(frame(SETTINGS, 0, 0, 0));
		// A head that never ends: no END_HEADERS in any frame of it.
		socket.write(frame(HEADERS, 0, 1, 0));
		const closed = isGone(socket);
		while (!socket.destroyed) {
			socket.write(frame(CONTINUATION, 0, 1, 16_380));
			await turn();
		}
		await closed;
		await isServed(app);
		await closes(app);
	});
});

/** Not by once(), which rejects where an error comes before the end. */
function isGone(socket: NodeJS.EventEmitter): Promise<unknown> {
	return new Promise((resolve) => socket.once("close", resolve));
}

async function isServed({ port }: Started): Promise<void> {
	const { ask, session } = await openSession(port);
	assert.equal((await ask("/hello")).status, 200);
	const closed = isGone(session);
	session.destroy();
	await closed;
}

/** Opens streams and resets them before they are answered; a session that the server has ended is followed by another. */
async function resetStreams(port: number, count: number): Promise<void> {
	for (let reset = 0; reset < count; ) {
		const session = connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
		const closed = isGone(session);
		await once(session, "connect");
		for (; reset < count && !session.destroyed && !session.closed; reset++) {
			session
				.request({ ":path": "/" })
				.on("error", () => {})
				.close(8);
			if (reset % 50 === 0) await turn();
		}
		session.destroy();
		await closed;
	}
}

const HEADERS = 1;
const SETTINGS = 4;
const CONTINUATION = 9;

/** A frame of HTTP/2 (RFC 9113, 4.1) whose payload is literal headers without an index, over and over. */
function frame(type: number, flags: number, stream: number, length: number): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(length, 0, 3);
	head.writeUInt8(type, 3);
	head.writeUInt8(flags, 4);
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, Buffer.alloc(length, "\x00\x01a\x01b")]);
}
