import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import zlib, { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import type { NextFunction, Request, Response } from "express";
import { type Answer, type Call, forEachServer, type Reply, type Route } from "./servers.ts";

const LARGE = JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, name: `item ${id}` })));
const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
	br: brotliDecompressSync,
	gzip: gunzipSync,
	deflate: inflateSync,
	zstd: (bytes) => zlib.zstdDecompressSync(bytes),
};
/** Node has it from 22.15 on. */
const ZSTD = zlib.zstdCompressSync === undefined ? undefined : "zstd";
const TEXT = { headers: { "content-type": "text/plain" } };
const ANY = { "accept-encoding": "gzip, deflate, br" };

function sends(body: Answer["body"], headers: Record<string, string> = {}, status = 200): Route {
	return {
		path: "/",
		handle: () => ({
			status,
			headers: { "content-type": "application/json; charset=utf-8", ...headers },
			body: body!,
		}),
	};
}

function check(reply: Reply, encoding: string | undefined, text = LARGE): void {
	assert.equal(reply.headers["content-encoding"], encoding);
	const decode = DECODERS[encoding ?? ""];
	assert.equal(decode === undefined ? reply.text : decode(reply.bytes).toString(), text);
}

forEachServer(({ start, framework }) => {
	const ACCEPTED: readonly (readonly [accepts: string | undefined, encoding: string | undefined])[] = [
		["br", "br"],
		["gzip", "gzip"],
		["deflate", "deflate"],
		["gzip, deflate, br", "br"],
		["gzip, deflate, br, zstd", ZSTD ?? "br"],
		["zstd", ZSTD],
		["zstd;q=0.5, gzip", "gzip"],
		["gzip, br;q=0", "gzip"],
		["*", "gzip"],
		["gzip;q=0.5, identity", undefined],
		["identity", undefined],
		["zstd-of-tomorrow", undefined],
		["", undefined],
		[undefined, undefined],
	];

	test("an answer is packed the way its reader can unpack", async (t) => {
		const server = await start(t, { routes: [sends(LARGE)] });
		for (const [accepts, encoding] of ACCEPTED) {
			const reply = await server.get("/", accepts === undefined ? {} : { "accept-encoding": accepts });
			check(reply, encoding);
			if (encoding !== undefined) {
				assert.match(reply.headers.vary!, /\baccept-encoding\b/i);
				assert.ok(reply.bytes.length < LARGE.length / 4);
				assert.equal(reply.headers["content-length"], String(reply.bytes.length));
			}
		}
	});

	test("H89: hostile Accept-Encoding values cost nothing but the packing", async (t) => {
		const server = await start(t, { routes: [sends(LARGE)] });
		for (const accepts of [
			"gzip;q=abc",
			",".repeat(5_000),
			"\u00e9",
			"gzip".repeat(2_000),
			";;;===",
			"*;q=2",
			"*;q=0",
			"br;q=0,gzip;q=0",
			"identity;q=0",
			"gzip;q=1e400",
			"gzip;q=-1",
			", ".repeat(4_000),
		]) {
			const reply = await server.get("/", { "accept-encoding": accepts });
			assert.equal(reply.status, 200, accepts.slice(0, 20));
			check(reply, reply.headers["content-encoding"]);
		}
	});

	test("`Vary` says so of what could have been packed, for whomever, and of nothing else", async (t) => {
		const server = await start(t, {
			routes: [
				sends(LARGE, { vary: "Origin" }),
				{ ...sends("small"), path: "/small" },
				{ ...sends(Buffer.from(LARGE), { "content-type": "image/png" }), path: "/image" },
				{ ...sends(LARGE, { vary: "origin, ACCEPT-encoding" }), path: "/said" },
				{ ...sends(LARGE, { vary: "*" }), path: "/all" },
				{ path: "/stream", handle: () => ({ ...TEXT, body: Readable.from(["a", "b"]) }) },
			],
		});
		const expected: Readonly<Record<string, string | undefined>> = {
			"/": "Origin, Accept-Encoding",
			"/small": undefined,
			"/image": undefined,
			"/said": "origin, ACCEPT-encoding",
			"/all": "*",
			"/stream": "Accept-Encoding",
		};
		for (const accepts of ["gzip", "zstd", "identity"]) {
			for (const [path, vary] of Object.entries(expected)) {
				const reply = await server.get(path, { "accept-encoding": accepts });
				assert.equal(reply.headers.vary, vary, `${path} for ${accepts}`);
			}
		}
		const head = await server.ask("/", { method: "HEAD", headers: ANY });
		assert.equal(head.headers.vary, expected["/"]);
		assert.equal(head.headers["content-encoding"], undefined);
	});

	test("a large body is packed by the library, off the event loop, and by what it can", async (t) => {
		const huge = LARGE.repeat(10);
		const server = await start(t, {
			routes: [sends(huge), { ...sends(Buffer.from(huge)), path: "/bytes" }],
		});
		for (const path of ["/", "/bytes"]) {
			for (const [accepts, encoding] of [
				["gzip", "gzip"],
				["gzip, br, zstd", "br"],
				["zstd", undefined],
			] as const) {
				const reply = await server.get(path, { "accept-encoding": accepts });
				check(reply, encoding, huge);
				assert.equal(reply.headers.vary, "Accept-Encoding");
			}
		}
	});

	test("a client that asks for nothing to be packed gets it so", async (t) => {
		const server = await start(t, { routes: [sends(LARGE)] });
		check(await server.get("/", { ...ANY, "x-no-compression": "1" }), undefined);
	});

	test("texts that are not ASCII arrive as they were", async (t) => {
		const text = "Grüße, 世界 🌍 ".repeat(200);
		const server = await start(t, { routes: [sends(text)] });
		for (const accepts of ["gzip", "br", "zstd"]) {
			const reply = await server.get("/", { "accept-encoding": accepts });
			check(reply, accepts === "zstd" ? ZSTD : accepts, text);
		}
	});

	test("a stream is packed as well", async (t) => {
		const chunks = Array.from({ length: 100 }, (_, index) => `${index}: ${"text ".repeat(20)}\n`);
		const server = await start(t, {
			routes: [
				{
					path: "/",
					handle: () => ({ headers: { "content-type": "text/plain" }, body: Readable.from(chunks) }),
				},
			],
		});
		check(await server.get("/", { "accept-encoding": "gzip" }), "gzip", chunks.join(""));
	});

	const LEFT_ALONE: readonly (readonly [what: string, route: Route])[] = [
		["a small body", sends("x".repeat(1_023))],
		["an answer that says no-transform", sends(LARGE, { "cache-control": "public, no-transform" })],
		["an answer that is packed already", sends(Buffer.from(LARGE), { "content-encoding": "x-mine" })],
		["an image", sends(Buffer.from(LARGE), { "content-type": "image/png" })],
		[
			"what has no type that we know",
			sends(Buffer.from(LARGE), { "content-type": "application/octet-stream" }),
		],
	];

	for (const [what, route] of LEFT_ALONE) {
		test(`H91 H92: ${what} is sent as it is`, async (t) => {
			const server = await start(t, { routes: [route] });
			const reply = await server.get("/", ANY);
			const { body, headers } = (await route.handle({} as never))!;
			assert.equal(reply.headers["content-encoding"], headers?.["content-encoding"]);
			assert.equal(reply.text, String(body));
			assert.equal(reply.headers["content-length"], String(reply.bytes.length));
		});
	}

	test("H92: part of a file is sent as it is", async (t) => {
		const range = { "content-range": `bytes 0-${LARGE.length - 1}/99999`, "accept-ranges": "bytes" };
		const server = await start(t, { routes: [sends(LARGE, range, 206)] });
		const reply = await server.get("/", { ...ANY, range: `bytes=0-${LARGE.length - 1}` });
		check(reply, undefined);
		assert.equal(reply.status, 206);
	});

	test("H92: answers without a body stay without one", async (t) => {
		const server = await start(t, {
			routes: [
				{ ...sends(LARGE), path: "/large" },
				{ path: "/204", handle: () => ({ status: 204 }) },
				{ path: "/304", handle: () => ({ status: 304, headers: { etag: '"x"' } }) },
			],
		});
		for (const path of ["/204", "/304"]) {
			const reply = await server.get(path, ANY);
			assert.deepEqual([reply.status, reply.bytes.length], [Number(path.slice(1)), 0]);
			assert.equal(reply.headers["content-encoding"], undefined);
		}
		const head = await server.ask("/large", { method: "HEAD", headers: ANY });
		assert.deepEqual([head.status, head.bytes.length], [200, 0]);
		// Fastify has no body to send here, and therefore nothing to pack.
		if (framework === "express") assert.equal(head.headers["content-encoding"], undefined);
	});

	test("an error that comes before the packed answer is told as the program tells it", async (t) => {
		const breaking = (): Readable => {
			const stream = new Readable({ read: () => void stream.push("hello") });
			process.nextTick(() => stream.destroy(new Error("the disk is gone")));
			return stream;
		};
		const server = await start(t, {
			afterRoutes: {
				express: (app) =>
					void app
						.get("/", (_request, response, next) => {
							response.type("text");
							breaking().once("error", next).pipe(response);
						})
						.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
							response.status(409).json({ error: error.message });
						}),
				fastify: (app) =>
					void app
						.get("/", (_request, reply) => reply.type("text/plain").send(breaking()))
						.setErrorHandler<Error>((error, _request, reply) =>
							reply.code(409).type("application/json").send({ error: error.message }),
						),
			},
		});
		const reply = await server.get("/", ANY);
		assert.deepEqual([reply.status, reply.headers["content-encoding"]], [409, undefined]);
		assert.deepEqual(reply.json(), { error: "the disk is gone" });
	});

	test("what cannot be sent is refused in the framework's own words", {
		skip: framework === "express" && "Express makes JSON of whatever it is given",
	}, async (t) => {
		const server = await start(t, {
			afterRoutes: {
				fastify: (app) => void app.get("/", (_request, reply) => reply.type("text/html").send({})),
			},
		});
		assert.equal((await server.get("/", ANY)).status, 500);
		const line = await server.line({ msg: "request completed" });
		assert.equal(line.err.code, "FST_ERR_REP_INVALID_PAYLOAD_TYPE");
	});

	test("H92: a strong ETag of the program's becomes weak where its answer is packed, and only there", async (t) => {
		const etag = '"of these bytes"';
		const server = await start(t, {
			routes: [
				sends(LARGE, { etag }),
				{ ...sends("small", { etag }), path: "/small" },
				{ ...sends(LARGE, { etag: 'W/"weak"' }), path: "/weak" },
				{ ...sends(Buffer.from(LARGE), { etag, "content-encoding": "x-mine" }), path: "/mine" },
			],
		});
		const tagOf = async (path: string, accepts: string): Promise<unknown> =>
			(await server.get(path, { "accept-encoding": accepts })).headers.etag;
		assert.equal(await tagOf("/", "gzip"), `W/${etag}`);
		assert.equal(await tagOf("/", "identity"), etag);
		assert.equal(await tagOf("/small", "gzip"), etag);
		assert.equal(await tagOf("/weak", "gzip"), 'W/"weak"');
		assert.equal(await tagOf("/mine", "gzip"), etag);
	});

	test("the threshold is the program's to choose", async (t) => {
		const server = await start(t, {
			options: { compression: { thresholdBytes: 10 } },
			routes: [sends("x".repeat(200))],
		});
		check(await server.get("/", ANY), "br", "x".repeat(200));
	});

	test("an answer of an error is packed like any other, and a probe is not", async (t) => {
		const server = await start(t, {
			options: { compression: { thresholdBytes: 1 } },
			routes: [
				{
					path: "/",
					handle: () => {
						throw Object.assign(new Error("x".repeat(900)), { status: 422 });
					},
				},
			],
		});
		const reply = await server.get("/", { "accept-encoding": "gzip" });
		assert.equal(reply.status, 422);
		assert.equal(JSON.parse(gunzipSync(reply.bytes).toString()).detail, "x".repeat(900));
		assert.equal((await server.get("/livez", ANY)).text, '{"status":"ok"}');
	});

	for (const writes of ["a stream", "the response itself"] as const) {
		test(`H93: events of an event stream arrive one by one, written by ${writes}`, async (t) => {
			const clock = new EventEmitter();
			const server = await start(t, {
				options: { compression: { thresholdBytes: 0 } },
				routes: [{ path: "/", handle: (call) => openEvents(call, clock, writes) }],
			});
			const opened = once(clock, "open");
			const request = http.get(server.url, {
				headers: { ...ANY, accept: "text/event-stream" },
				agent: false,
			});
			const answered = once(request, "response");
			await opened;
			clock.emit("event", "data: 0\n\n");
			const [response] = (await answered) as [IncomingMessage];
			assert.equal(response.headers["content-encoding"], undefined);
			assert.match(response.headers["content-type"]!, /^text\/event-stream/);
			assert.equal(String((await once(response, "data"))[0]), "data: 0\n\n");
			for (const data of ["data: 1\n\n", "data: 2\n\n", `data: ${"3".repeat(3_000)}\n\n`]) {
				const arrived = once(response, "data");
				clock.emit("event", data);
				// No other event is written before this one is here.
				assert.equal(String((await arrived)[0]), data);
			}
			response.resume();
			clock.emit("event", null);
			await once(response, "end");
			assert.equal((await server.line({ path: "/" })).status, 200);
		});
	}
});

/** An event stream that says what the clock says. */
function openEvents(
	{ response }: Call,
	clock: EventEmitter,
	writes: "a stream" | "the response itself",
): Answer | undefined {
	const headers = { "content-type": "text/event-stream", "cache-control": "no-cache" };
	const events = new Readable({ read() {} });
	setImmediate(() => clock.emit("open"));
	if (writes === "a stream") {
		clock.on("event", (data) => events.push(data));
		return { headers, body: events };
	}
	response.writeHead(200, headers);
	clock.on("event", (data) => void (data === null ? response.end() : response.write(data)));
	return undefined;
}
