/** A client that sends a byte now and then holds a connection for as long as it likes, unless it is cut. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import type { Options } from "@production-ready/core";
import { forEachServer, hello, tell } from "../contract/servers.ts";

const CONNECTIONS = 200;

/** How often a slow client sends: it is the attack, and nobody waits for it. */
const DRIP_MS = 40;

const TIMEOUTS = { headersTimeoutMs: 1_000, requestTimeoutMs: 1_000, keepAliveTimeoutMs: 60_000 };
const options: Options = { rateLimit: false, server: TIMEOUTS };

/** Opens a connection, sends a beginning and then a piece now and then; resolves with what came back until the end. */
async function drip(t: TestContext, port: number, beginning: string, piece: string) {
	const socket = connect(port, "127.0.0.1");
	t.after(() => socket.destroy());
	let received = "";
	socket.setEncoding("latin1").on("data", (text: string) => {
		received += text;
	});
	socket.on("error", () => {});
	await once(socket, "connect");
	socket.write(beginning);
	const dripping = setInterval(() => socket.write(piece), DRIP_MS);
	const closed = new Promise<string>((resolve) => {
		socket.once("close", () => {
			clearInterval(dripping);
			resolve(received);
		});
	});
	return { socket, closed };
}

const isOpen = ({ socket }: { socket: Socket }): boolean => !socket.destroyed;

forEachServer((factory) => {
	// Node by itself looks every half minute.
	describe("a slow sender", { timeout: 20_000 }, () => {
		test(`H72 P18: ${CONNECTIONS} heads that never end are answered 408 and closed, and others are served meanwhile`, async (t) => {
			const app = await factory.start(t, { options, routes: [hello()] });
			const slow = await Promise.all(
				Array.from({ length: CONNECTIONS }, () =>
					drip(t, app.port, "GET / HTTP/1.1\r\nHost: localhost\r\n", "X-A: b\r\n"),
				),
			);
			const during = await app.get("/");
			assert.equal(during.status, 200);
			assert.ok(slow.some(isOpen), "they were cut before their time");
			for (const text of await Promise.all(slow.map(({ closed }) => closed))) {
				assert.match(text, /^(?:HTTP\/1\.1 408 |$)/);
			}
			assert.equal((await app.get("/")).status, 200);
		});

		test("H72: a head that ends in time is served, however many pieces it comes in", async (t) => {
			const app = await factory.start(t, { options, routes: [hello()] });
			const { socket } = await drip(t, app.port, "GET / HTTP/1.1\r\nHost: localhost\r\n", "");
			for (const piece of ["X-A:", " b", "\r", "\n", "Connection: close\r\n\r", "\n"]) socket.write(piece);
			const [text] = (await once(socket, "data")) as [string];
			assert.match(text, /^HTTP\/1\.1 200 /);
		});

		test("H73 P18: bodies that never end are answered 408 and closed, and others are served meanwhile", async (t) => {
			const app = await factory.start(t, {
				options,
				routes: [hello(), tell("/upload", ({ body }) => body, { method: "POST", body: "json" })],
			});
			const lines = ["POST /upload HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
			const slow = await Promise.all(
				["Content-Length: 100000", "Transfer-Encoding: chunked"].map((framing, index) => {
					const piece = index === 0 ? "[" : "1\r\n[\r\n";
					return drip(t, app.port, `${[...lines, framing].join("\r\n")}\r\n\r\n${piece}`, piece);
				}),
			);
			assert.equal((await app.get("/")).status, 200);
			assert.ok(slow.some(isOpen), "they were cut before their time");
			for (const text of await Promise.all(slow.map(({ closed }) => closed))) {
				assert.match(text, /^HTTP\/1\.1 408 /);
				assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1, "one answer, and not two");
			}
			assert.ok((await app.line({ path: "/upload" })).status < 500);
		});
	});
});
