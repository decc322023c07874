/** What the limits do where the frameworks differ: parsers, settings and libraries of their own. */
import assert from "node:assert/strict";
import http from "node:http";
import http2 from "node:http2";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { createGunzip, gzipSync } from "node:zlib";
import compress from "@fastify/compress";
import type { Options } from "@production-ready/core";
import { requestId } from "@production-ready/core/context";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import type { RequestHandler } from "express";
import {
	type FastifyHttpOptions,
	type FastifyInstance,
	type FastifyServerOptions,
	fastify,
	type RequestPayload,
} from "fastify";
import { captureLog, EXPRESS_5, express5, fresh, listen, type Server } from "./servers.ts";

const PROBLEM = "application/problem+json; charset=utf-8";
const JSON_TYPE = { "content-type": "application/json" };
const PLAIN: Options = { platform: "plain", logging: false };

function json(bytes: number): string {
	return `"${"x".repeat(bytes - 2)}"`;
}

/** The status of a body of so many bytes, with its length said and in chunks. */
async function statuses(server: Server, path: string, bytes: number): Promise<readonly number[]> {
	const answers = [];
	for (const headers of [JSON_TYPE, { ...JSON_TYPE, "transfer-encoding": "chunked" }]) {
		answers.push((await server.ask(path, { method: "POST", headers, body: json(bytes) })).status);
	}
	return answers;
}

describe("what Fastify has been told about bodies", () => {
	function routesOf(app: FastifyInstance): void {
		const handler = async (request: { body: unknown }) => String(request.body).length;
		app.post("/", handler);
		app.post("/more", { bodyLimit: 5_000 }, handler);
		app.post("/less", { bodyLimit: 50 }, handler);
		app.post("/default", { bodyLimit: 1_048_576 }, handler);
		app.post("/ours", { config: { productionReady: { limits: { maxBodyBytes: 5_000 } } } }, handler);
		app.post(
			"/both",
			{ bodyLimit: 9_000, config: { productionReady: { limits: { maxBodyBytes: 50 } } } },
			handler,
		);
	}

	async function started(
		t: Parameters<typeof fresh>[0],
		limits: Options["limits"],
		own: FastifyServerOptions = {},
	): Promise<Server> {
		fresh(t);
		const app: FastifyInstance = await onFastify.createApp(
			{ ...PLAIN, limits } as onFastify.Options,
			own as FastifyHttpOptions<http.Server>,
		);
		routesOf(app);
		return listen(t, app);
	}

	test("its own parsers stop where the limits do", async (t) => {
		const server = await started(t, { maxBodyBytes: 1_000 });
		assert.equal((server.app as FastifyInstance).initialConfig.bodyLimit, 1_000);
		assert.deepEqual(await statuses(server, "/", 1_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/", 1_001), [413, 413]);
	});

	test("bodyLimit of a route counts, whether it is more or less", async (t) => {
		const server = await started(t, { maxBodyBytes: 1_000 });
		assert.deepEqual(await statuses(server, "/more", 5_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/more", 5_001), [413, 413]);
		assert.deepEqual(await statuses(server, "/less", 51), [413, 413]);
		assert.deepEqual(await statuses(server, "/default", 9_000), [200, 200]);
	});

	test("limits of a route are its bodyLimit too, and go before one", async (t) => {
		const server = await started(t, { maxBodyBytes: 1_000 });
		assert.deepEqual(await statuses(server, "/ours", 5_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/ours", 5_001), [413, 413]);
		assert.deepEqual(await statuses(server, "/both", 51), [413, 413]);
	});

	test("bodyLimit of the app counts where it was given by hand", async (t) => {
		for (const limits of [undefined, { maxBodyBytes: 1_000 }]) {
			const server = await started(t, limits, { bodyLimit: 2_000_000 });
			assert.deepEqual(await statuses(server, "/", 1_500_000), [200, 200]);
			assert.deepEqual(await statuses(server, "/", 2_000_001), [413, 413]);
		}
	});

	test("a Fastify without serverOptions, whose parsers read less than the limits allow, is told of", async (t) => {
		fresh(t);
		const log = captureLog();
		const app = fastify();
		const limits = { maxBodyBytes: 2_000_000 };
		await app.register(onFastify.productionReady, {
			platform: "plain",
			limits,
			logging: { logger: log.logger },
		} as never);
		routesOf(app);
		const server = await listen(t, app, log);
		assert.match((await log.line({ code: "MOUNTED_LATE" })).msg, /limits\.maxBodyBytes/);
		assert.deepEqual(await statuses(server, "/", 1_500_000), [413, 413]);
	});

	test("limits that are wrong on a route stop the boot", async (t) => {
		fresh(t);
		const app = await onFastify.createApp(PLAIN as onFastify.Options);
		const config = { productionReady: { limits: { maxBodyBytes: "5mb" as never } } };
		assert.throws(() => app.post("/", { config }, async () => ""), /limits\.maxBodyBytes/);
	});

	test("inject() is answered alike", async (t) => {
		const server = await started(t, { maxBodyBytes: 1_000 });
		const app = server.app as FastifyInstance;
		const headers = JSON_TYPE;
		for (const [payload, status] of [
			[json(1_000), 200],
			[json(1_001), 413],
			['{"__proto__":1}', 400],
		] as const) {
			const reply = await app.inject({ method: "POST", url: "/", headers, payload });
			assert.equal(reply.statusCode, status);
			if (status !== 200) assert.equal(reply.headers["content-type"], PROBLEM);
		}
		const payload = Readable.from([Buffer.alloc(600), Buffer.alloc(600)]);
		assert.equal((await app.inject({ method: "POST", url: "/", headers, payload })).statusCode, 413);
		assert.equal((await app.inject({ method: "POST", url: `/?${"x".repeat(9_000)}` })).statusCode, 414);
	});
});

describe("what Fastify's program does about bodies itself", () => {
	test("H90 a body that a preParsing hook inflates is read, and a bomb stops at the limit", async (t) => {
		for (const inflate of [
			(app: FastifyInstance) =>
				void app.register(compress, { global: false, globalDecompression: true } as never),
			(app: FastifyInstance) =>
				void app.addHook("preParsing", async (_request, _reply, payload) => {
					const inflated: RequestPayload = payload.pipe(createGunzip());
					inflated.receivedEncodedLength = 0;
					payload.on("data", (chunk) => {
						inflated.receivedEncodedLength! += chunk.length;
					});
					return inflated;
				}),
		]) {
			for (const isAwaited of [true, false]) {
				fresh(t);
				const app = fastify();
				if (isAwaited) await app.register(onFastify.productionReady, PLAIN as onFastify.Options);
				else void app.register(onFastify.productionReady, PLAIN as onFastify.Options);
				inflate(app);
				void app.register(async (inner) => {
					inner.post("/", async ({ body }) => body);
				});
				const server = await listen(t, app);
				const ask = (body: string) =>
					server.ask("/", {
						method: "POST",
						headers: { ...JSON_TYPE, "content-encoding": "gzip" },
						body: gzipSync(body),
					});
				assert.equal((await ask('{"a":1}')).text, '{"a":1}');
				assert.equal((await ask("{")).status, 400);
				assert.equal((await ask('{"__proto__":1}')).status, 400);
				assert.equal((await ask(`"${"0".repeat(10_000_000)}"`)).status, 413);
			}
		}
	});

	test("a parser that wants a packed body as it came gets it", async (t) => {
		fresh(t);
		const app = await onFastify.createApp(PLAIN as onFastify.Options);
		app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) =>
			done(null, body),
		);
		app.post("/", async ({ body }) => (body as Buffer).length);
		const server = await listen(t, app);
		const body = gzipSync("{}");
		const reply = await server.ask("/", {
			method: "POST",
			headers: { ...JSON_TYPE, "content-encoding": "gzip" },
			body,
		});
		assert.equal(reply.text, String(body.length));
	});

	test("a program that sets __proto__ aside by Fastify's own means is left with what it made", async (t) => {
		fresh(t);
		const app = await onFastify.createApp(PLAIN as onFastify.Options, { onProtoPoisoning: "remove" });
		app.post("/", async ({ body }) => body);
		const server = await listen(t, app);
		const reply = await server.ask("/", {
			method: "POST",
			headers: JSON_TYPE,
			body: '{"a":1,"__proto__":{"b":2}}',
		});
		assert.equal(reply.text, '{"a":1}');
	});

	test("what a program lets through to its prototypes by Fastify's own means is refused", async (t) => {
		fresh(t);
		const own = { onProtoPoisoning: "ignore", onConstructorPoisoning: "ignore" } as const;
		const app = await onFastify.createApp(PLAIN as onFastify.Options, own);
		app.post("/", async ({ body }) => body);
		const server = await listen(t, app);
		for (const body of ['{"__proto__":{"b":2}}', '{"constructor":{"prototype":{}}}']) {
			assert.equal((await server.ask("/", { method: "POST", headers: JSON_TYPE, body })).status, 400);
		}
	});

	test("an answer that hooks hold up when the body turns out too long breaks nothing", async (t) => {
		fresh(t);
		const app = await onFastify.createApp({ ...PLAIN, limits: { maxBodyBytes: 1_000 } } as onFastify.Options);
		let go = (): void => {};
		const held = new Promise<void>((resolve) => {
			go = resolve;
		});
		app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
		app.addHook("onSend", async (request) => {
			if (request.url === "/held") await held;
		});
		app.post("/held", async (request) => {
			request.raw.resume();
			return "early";
		});
		app.get("/", async () => "fine");
		const server = await listen(t, app);
		const request = http.request({
			port: server.port,
			host: "127.0.0.1",
			path: "/held",
			method: "POST",
			agent: false,
		});
		request.on("error", () => {});
		const answer = new Promise<http.IncomingMessage>((resolve) => request.on("response", resolve));
		request.write("x".repeat(500));
		setImmediate(() => request.write("x".repeat(5_000)));
		const response = await answer;
		assert.equal(response.statusCode, 413);
		go();
		response.resume();
		assert.equal((await server.get("/")).text, "fine");
		request.destroy();
	});

	test("over HTTP/2 a body is counted too, and the connection goes on", async (t) => {
		fresh(t);
		const app = await onFastify.createApp(
			{ ...PLAIN, limits: { maxBodyBytes: 100_000 } } as onFastify.Options,
			{
				http2: true,
			},
		);
		app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
		const heard: unknown[] = [];
		const ids: unknown[] = [];
		app.addHook("onSend", async () => void ids.push(requestId()));
		app.post("/", async (request) => {
			let bytes = 0;
			request.raw.on("error", (error: { statusCode?: number }) => heard.push(error.statusCode));
			for await (const chunk of request.raw) bytes += chunk.length;
			return String(bytes);
		});
		await app.listen({ port: 0, host: "127.0.0.1" });
		const { port } = app.server.address() as { port: number };
		const session = http2.connect(`http://127.0.0.1:${port}`);
		t.after(() => {
			session.destroy();
			return app.close();
		});
		session.on("error", () => {});
		const ask = async (bytes: number, headers = {}): Promise<readonly [unknown, string]> => {
			const stream = session.request({ ":method": "POST", ":path": "/", "content-type": "x/y", ...headers });
			stream.on("error", () => {});
			stream.end(Buffer.alloc(bytes));
			const status = new Promise((resolve) => stream.on("response", (head) => resolve(head[":status"])));
			return [await status, await text(stream).catch(() => "")];
		};
		assert.deepEqual(await ask(90_000), [200, "90000"]);
		const [status, body] = await ask(5_000_000);
		assert.equal(status, 413);
		assert.match(body, /^\{"type":"about:blank"/);
		assert.deepEqual(heard, [413]);
		assert.equal(ids.at(-1), JSON.parse(body).requestId);
		assert.deepEqual((await ask(5_000_000, { "content-length": 5_000_000 }))[0], 413);
		assert.deepEqual(await ask(10), [200, "10"]);
	});
});

describe("limits() alone", () => {
	test("on Fastify it judges heads and parsed bodies", async (t) => {
		fresh(t);
		const app = fastify();
		await app.register(onFastify.limits, { maxBodyBytes: 1_000, maxDepth: 2 });
		app.post("/", async ({ body }) => body);
		const server = await listen(t, app);
		assert.deepEqual(await statuses(server, "/", 1_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/", 2_000), [413, 413]);
		const deep = await server.ask("/", { method: "POST", headers: JSON_TYPE, body: "[[[]]]" });
		assert.deepEqual([deep.status, deep.headers["content-type"]], [400, PROBLEM]);
	});

	test("on Express it counts for every parser", async (t) => {
		fresh(t);
		const app = express5();
		app.use(onExpress.limits({ maxBodyBytes: 1_000 }));
		app.post("/", express5.raw({ type: "*/*" }), (request, response) => void response.send(request.body));
		const server = await listen(t, app as never);
		assert.deepEqual(await statuses(server, "/", 1_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/", 2_000), [413, 413]);
	});
});

describe("what Express' routes say for themselves", () => {
	test("it is found through routers, mount paths and methods, and only there", async (t) => {
		const upload: RequestHandler = onExpress.limits({ maxBodyBytes: 5_000 });
		const raw = express5.raw({ type: "*/*" });
		const answer: RequestHandler = (_request, response) => void response.end();
		const server = await EXPRESS_5.start(t, {
			options: { limits: { maxBodyBytes: 1_000 } },
			beforeRoutes: {
				express: (app, express) => {
					const router = express.Router();
					router.post("/file", upload, raw, answer);
					router.post("/other", raw, answer);
					app.use("/up", router);
					app.use("/all", upload, raw, answer);
					app.use("/strict", onExpress.limits({ maxBodyBytes: 2_000 }), router);
					app.route("/one").put(upload, raw, answer).post(raw, answer);
				},
			},
		});
		assert.deepEqual(await statuses(server, "/up/file", 4_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/up/file", 6_000), [413, 413]);
		assert.deepEqual(await statuses(server, "/up/other", 4_000), [413, 413]);
		assert.deepEqual(await statuses(server, "/all/below", 4_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/one", 4_000), [413, 413]);
		// What a part says holds for all that comes behind it.
		assert.deepEqual(await statuses(server, "/strict/file", 1_500), [200, 200]);
		assert.deepEqual(await statuses(server, "/strict/file", 4_000), [413, 413]);
	});

	test("it is found where ours is mounted on a sub-path", async (t) => {
		fresh(t);
		const app = express5();
		app.use(
			"/api",
			onExpress.productionReady({ ...PLAIN, limits: { maxBodyBytes: 1_000 } } as onExpress.Options),
		);
		const raw = express5.raw({ type: "*/*" });
		app.post(
			"/api/file",
			onExpress.limits({ maxBodyBytes: 5_000 }),
			raw,
			(_request, response) => void response.end(),
		);
		const server = await listen(t, app as never);
		assert.deepEqual(await statuses(server, "/api/file", 4_000), [200, 200]);
		assert.deepEqual(await statuses(server, "/api/other", 4_000), [413, 413]);
	});

	test("an error handler of the program's that answers once more does no harm", async (t) => {
		const server = await EXPRESS_5.start(t, {
			options: { limits: { maxBodyBytes: 1_000 } },
			afterRoutes: {
				express: (app) => {
					app.post("/", async (request, response) => void response.end(await buffer(request)));
					app.use(((error, _request, response, _next) => {
						response.status(error.status ?? 500).send("mine");
					}) as express5.ErrorRequestHandler);
				},
			},
		});
		assert.deepEqual(await statuses(server, "/", 2_000), [413, 413]);
		assert.deepEqual(await statuses(server, "/", 900), [200, 200]);
	});

	test("multer hears of it, and the client of multer", async (t) => {
		const multer = createRequire(import.meta.url)("multer") as () => { any(): RequestHandler };
		const server = await EXPRESS_5.start(t, {
			options: { limits: { maxBodyBytes: 10_000 } },
			beforeRoutes: {
				express: (app) =>
					app.post("/", multer().any(), (request, response) => {
						response.json((request as { files?: { size: number }[] }).files?.map(({ size }) => size));
					}),
			},
		});
		const send = (bytes: number) => {
			const part = '--b\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n';
			const headers = { "content-type": "multipart/form-data; boundary=b", "transfer-encoding": "chunked" };
			return server.ask("/", { method: "POST", headers, body: `${part}${"x".repeat(bytes)}\r\n--b--\r\n` });
		};
		assert.equal((await send(5_000)).text, "[5000]");
		const large = await send(200_000);
		assert.deepEqual([large.status, large.headers["content-type"]], [413, PROBLEM]);
		assert.equal((await send(10)).text, "[10]");
	});
});
