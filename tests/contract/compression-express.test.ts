/** What only Express has: programs that write to Node's response, in every order that Node allows. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { NextFunction, Request, Response } from "express";
import { forEachServer, type Reply, type Server } from "./servers.ts";

const LARGE = "a line of text\n".repeat(500);
const HUGE = LARGE.repeat(20);
const GZIP = { "accept-encoding": "gzip" };

type Handle = (response: Response, request: Request) => void;

forEachServer(({ start, framework }) => {
	if (framework !== "express") return;

	async function serving(t: Parameters<typeof start>[0], handle: Handle, more = {}): Promise<Server> {
		return start(t, {
			...more,
			afterRoutes: {
				express: (app) => void app.get("/", (request, response) => handle(response, request)),
				fastify: () => {},
			},
		});
	}

	function check(reply: Reply, text: string, encoding: "gzip" | "identity" = "gzip"): void {
		assert.equal(reply.headers["content-encoding"] ?? "identity", encoding);
		assert.equal(encoding === "gzip" ? gunzipSync(reply.bytes).toString() : reply.text, text);
	}

	const TYPE = { "Content-Type": "text/plain", "X-Own": "1" };
	const WAYS: Readonly<Record<string, Handle>> = {
		"end with a text": (response) => response.setHeader("content-type", "text/plain").end(LARGE),
		"end with bytes": (response) => response.type("text").end(Buffer.from(LARGE)),
		"end with base64": (response) =>
			response.type("text").end(Buffer.from(LARGE).toString("base64"), "base64"),
		"writeHead and end": (response) => response.writeHead(200, TYPE).end(LARGE),
		"writeHead with a message": (response) => response.writeHead(200, "Fine", TYPE).end(LARGE),
		"writeHead with a list": (response) =>
			response.writeHead(200, ["content-type", "text/plain", "x-own", "1"]).end(LARGE),
		"writeHead with a length": (response) =>
			response.writeHead(200, { ...TYPE, "content-length": LARGE.length }).end(LARGE),
		"write and end": (response) => {
			response.type("text").write(LARGE.slice(0, 10));
			response.end(LARGE.slice(10));
		},
		"flushHeaders, write and end": (response) => {
			response.type("text").flushHeaders();
			response.write(LARGE.slice(0, 10));
			response.end(LARGE.slice(10));
		},
		"in chunks, as the program says": (response) =>
			response.type("text").setHeader("Transfer-Encoding", "chunked").end(LARGE),
		"trailers behind it": (response) => {
			response.type("text").setHeader("Trailer", "X-Sum");
			response.addTrailers({ "X-Sum": "7" });
			response.end(LARGE);
		},
	};
	for (const [name, handle] of Object.entries(WAYS)) {
		test(`packed whichever way it is written: ${name}`, async (t) => {
			const server = await serving(t, handle);
			check(await server.get("/", GZIP), LARGE);
			check(await server.get("/"), LARGE, "identity");
			const head = await server.ask("/", { method: "HEAD", headers: GZIP });
			assert.deepEqual([head.headers["content-encoding"], head.bytes.length], [undefined, 0]);
		});
	}

	test("whoever waits for it to be written is called, whole, in pieces or as it is", async (t) => {
		const called: string[] = [];
		const server = await serving(t, (response, request) => {
			const { way } = request.query;
			const call = (what: string) => () => void called.push(`${way} ${what}`);
			response.type(way === "image" ? "png" : "text");
			if (way === "pieces") {
				response.write("first ", call("write"));
				response.write("second ", "utf8", call("write utf8"));
			}
			if (way === "short") response.end(call("end"));
			else if (way === "whole") response.end(LARGE, call("end"));
			else response.end(LARGE, "utf8", call("end"));
		});
		for (const way of ["whole", "pieces", "image", "short"]) await server.get(`/?way=${way}`, GZIP);
		assert.deepEqual(called.sort(), [
			"image end",
			"pieces end",
			"pieces write",
			"pieces write utf8",
			"short end",
			"whole end",
		]);
	});

	test("what is written behind the end of a packed answer changes nothing", async (t) => {
		const server = await serving(t, (response) => {
			response.type("text").end(LARGE);
			assert.equal(response.write("more"), false);
			assert.equal(response.end("more") as unknown, false);
		});
		check(await server.get("/", GZIP), LARGE);
		check(await server.get("/", GZIP), LARGE);
	});

	test("`flush` is there for all, and sends what the library holds back", async (t) => {
		let response!: Response;
		const server = await serving(t, (opened) => {
			response = opened;
			(response as Response & { flush(): void }).flush();
			response.type("text").write("first");
			(response as Response & { flush(): void }).flush();
		});
		const request = http.get(server.url, { headers: { "accept-encoding": "br" }, agent: false });
		const [answer] = await once(request, "response");
		const [first] = (await once(answer, "data")) as [Buffer];
		const rest: Buffer[] = [first];
		answer.on("data", (bytes: Buffer) => rest.push(bytes));
		response.end(" last");
		await once(answer, "end");
		assert.equal(brotliDecompressSync(Buffer.concat(rest)).toString(), "first last");
	});

	test("who listened for `drain` before anything was written hears of it from the library too", async (t) => {
		let count = 0;
		// So little when packed that only the library is ever full, never the connection.
		const chunk = Buffer.alloc(60_000, "a");
		const server = await serving(t, (response) => {
			response.type("text");
			const more = (): void => {
				while (count < 50) {
					count++;
					if (!response.write(chunk)) return;
				}
				response.end();
			};
			response.on("drain", more);
			more();
		});
		const reply = await server.get("/", GZIP);
		assert.equal(gunzipSync(reply.bytes).length, 50 * chunk.length);
		assert.equal(count, 50);
	});

	test("a reader that is gone costs nothing more, and the next one is served", async (t) => {
		let response!: Response;
		let opened = (): void => {};
		const isOpen = new Promise<void>((resolve) => {
			opened = resolve;
		});
		const server = await serving(t, (left, request) => {
			if (request.query.stays === "1") {
				left.type("text").end(LARGE);
				return;
			}
			response = left;
			opened();
		});
		const socket: Socket = connect(Number(new URL(server.url).port), "127.0.0.1");
		socket.write("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
		await isOpen;
		const closed = once(response as ServerResponse, "close");
		socket.destroy();
		await closed;
		response.type("text").end(LARGE);
		assert.equal(response.getHeader("content-encoding"), undefined);
		check(await server.get("/?stays=1", GZIP), LARGE);
	});

	test("what is answered in place of a head that Node refuses is not called packed", async (t) => {
		const server = await serving(t, (response) => {
			response.statusMessage = "of\ntwo lines";
			response.type("text");
			assert.throws(() => response.end(LARGE), { code: "ERR_INVALID_CHAR" });
			response.statusMessage = "of one";
			response.end("short");
		});
		check(await server.get("/", GZIP), "short", "identity");
	});

	test("what is answered in place of one whose session was not saved is not called packed", async (t) => {
		const server = await start(t, {
			env: { SESSION_SECRET: "0123456789abcdef0123456789abcdef" },
			afterRoutes: {
				express: (app) =>
					void app
						.get("/", (request, response) => {
							Object.assign(request.session, { big: 1n });
							response.type("text").end(LARGE);
						})
						.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
							response.status(409).json({ error: error.name });
						}),
				fastify: () => {},
			},
		});
		const reply = await server.get("/", GZIP);
		assert.deepEqual([reply.status, reply.headers["content-encoding"]], [409, undefined]);
		assert.equal(typeof reply.json().error, "string");
	});

	test("an answer that was begun and breaks is not told to be whole", async (t) => {
		const server = await serving(t, (response) => {
			response.type("text").write(HUGE);
			setImmediate(() => response.destroy());
		});
		await assert.rejects(server.get("/", GZIP));
	});

	test("a freshness check goes by the tag of the packed answer", async (t) => {
		const server = await serving(t, (response) => void response.json({ text: LARGE }));
		const first = await server.get("/", GZIP);
		assert.equal(first.headers["content-encoding"], "gzip");
		const again = await server.get("/", { ...GZIP, "if-none-match": first.headers.etag! });
		assert.deepEqual([again.status, again.bytes.length], [304, 0]);
	});

	test("what a package puts around `writeHead` later has its word before a stream is packed", async (t) => {
		const server = await serving(t, (response) => {
			const { writeHead } = response;
			response.writeHead = function (this: Response, ...args: unknown[]) {
				this.setHeader("Cache-Control", "no-transform");
				return (writeHead as (...args: unknown[]) => Response).apply(this, args);
			} as typeof writeHead;
			response.type("text").write("a");
			response.end("b");
		});
		check(await server.get("/", GZIP), "ab", "identity");
	});
});
