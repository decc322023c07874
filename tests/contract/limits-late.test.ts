/** Bodies that turn out too long while the answer is on its way, or somebody else is about to give one. */
import assert from "node:assert/strict";
import net from "node:net";
import { pipeline, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { forEachServer, type Route, type Server } from "./servers.ts";

const SMALL = { limits: { maxBodyBytes: 1_000 } };

/** Sends a head, and a chunk that is too long once the app has had it; gives all that came back. */
async function sendLate(server: Server, path: string, reached: Promise<unknown>): Promise<string> {
	const socket = net.connect(server.port, "127.0.0.1");
	socket.write(
		`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-any\r\nTransfer-Encoding: chunked\r\n\r\n`,
	);
	await reached;
	socket.write(`${(2_000).toString(16)}\r\n${"x".repeat(2_000)}\r\n`);
	// It has what it came for, and goes.
	socket.once("data", () => setImmediate(() => socket.end()));
	return text(socket);
}

forEachServer(({ start, framework }) => {
	test("H100: a framework that waits for the end of a body before it answers 404 is not thrown at", {
		skip: framework === "fastify" && "Fastify reads no body where it finds no route",
	}, async (t) => {
		const server = await start(t, { options: SMALL });
		// Express waits once it has found nothing.
		const reached = new Promise((resolve) => setTimeout(resolve, 200));
		assert.match(await sendLate(server, "/nope", reached), /^HTTP\/1\.1 413 /);
		assert.equal((await server.get("/livez")).status, 200);
	});

	for (const [reader, read] of Object.entries({
		"hears the error and answers": (request, response, answer) => {
			request.resume().once("error", () => answer(response));
		},
		"pipes it and answers the failure": (request, response, answer) => {
			const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
			pipeline(request, sink, (error) => error && answer(response));
		},
	} satisfies Record<
		string,
		(request: NodeJS.ReadableStream, response: Response, answer: (response: Response) => void) => void
	>)) {
		test(`H100: a reader that ${reader} itself is not thrown at, and the client has one answer`, async (t) => {
			const { promise: reached, resolve } = Promise.withResolvers<void>();
			const { promise: answered, resolve: answers } = Promise.withResolvers<void>();
			const route: Route = {
				method: "POST",
				path: "/read",
				body: "raw",
				handle({ request, response }) {
					read(request, response, (late) => {
						late.statusCode = 500;
						late.setHeader("content-type", "text/plain");
						late.removeHeader("content-length");
						late.end("mine", () => answers());
					});
					resolve();
					return undefined;
				},
			};
			const server = await start(t, { options: SMALL, routes: [route] });
			const all = await sendLate(server, "/read", reached);
			await answered;
			assert.match(all, /^HTTP\/1\.1 413 /);
			assert.doesNotMatch(all, /mine/);
			const line = await server.line({ path: "/read" });
			assert.deepEqual([line.status, line.reason], [413, "the body has more than 1000 bytes"]);
		});
	}

	test("a body that says its length is refused by the limit of its route, in its words", async (t) => {
		const server = await start(t, {
			options: SMALL,
			routes: [
				{
					method: "POST",
					path: "/up",
					own: { limits: { maxBodyBytes: 5_000 } },
					handle: () => ({ body: "ok" }),
				},
			],
		});
		const reply = await server.ask("/up", { method: "POST", body: "x".repeat(6_000) });
		assert.match(reply.json().detail, /5000/);
	});

	test("L170 a client that reads its 413 and leaves with its body half sent has one line", async (t) => {
		const server = await start(t, { options: SMALL });
		const socket = net.connect(server.port, "127.0.0.1");
		socket.write("POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\nx");
		socket.once("data", () => setImmediate(() => socket.end()));
		assert.match(await text(socket), /^HTTP\/1\.1 413 /);
		const { reason } = await server.line({ path: "/up", status: 413 });
		assert.equal(reason, "the body has more than 1000 bytes");
		assert.deepEqual(
			server.lines.filter(({ msg }) => msg === "request refused"),
			[],
		);
	});

	test("an error behind half an answer is told, and cuts the connection", async (t) => {
		const heard: unknown[] = [];
		const server = await start(t, {
			options: { errors: { onError: (error) => heard.push((error as Error).message) } },
			routes: [
				{
					path: "/half",
					handle({ response }) {
						response.write("half");
						throw new Error("lost");
					},
				},
			],
		});
		const all = await server.raw("GET /half HTTP/1.1\r\nHost: localhost\r\n\r\n").catch(() => "");
		assert.doesNotMatch(all, /0\r\n\r\n$/);
		const line = await server.line({ path: "/half" });
		assert.deepEqual([line.status, line.err.message, heard], [500, "lost", ["lost"]]);
	});
});

type Response = Parameters<Route["handle"]>[0]["response"];
