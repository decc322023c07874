import assert from "node:assert/strict";
import { test } from "node:test";
import { cspNonce } from "@production-ready/core/context";
import type { Express } from "express";
import { type Call, type Factory, forEachServer, hello, type Route, tell } from "./servers.ts";
import { sessionOf } from "./session-routes.ts";

const NO_STORE = "no-store, max-age=0";
const SESSION = { secret: "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL" };

/** Every way to set a cookie that a program has; those of a framework come from `ofFramework`. */
const WAYS: readonly Route[] = [
	past("/set-header", ({ response }) => response.setHeader("Set-Cookie", "a=1").end("x")),
	past("/set-many", ({ response }) => response.setHeader("set-cookie", ["a=1", "b=2"]).end("x")),
	past("/append-header", ({ response }) => response.appendHeader("SET-COOKIE", "a=1").end("x")),
	past("/object", ({ response }) => response.writeHead(200, { "Set-Cookie": ["a=1", "b=2"] }).end("x")),
	past("/lower-object", ({ response }) => response.writeHead(200, { "set-cookie": "a=1" }).end("x")),
	past("/list", ({ response }) => response.writeHead(200, ["Set-Cookie", "a=1", "x-a", "b"]).end("x")),
	past("/message", ({ response }) => response.writeHead(200, "fine", { "Set-Cookie": "a=1" }).end("x")),
	past("/message-list", ({ response }) => response.writeHead(200, "fine", ["set-cookie", "a=1"]).end("x")),
	past("/flushed", ({ response }) => {
		response.setHeader("set-cookie", "a=1");
		response.flushHeaders();
		response.end("x");
	}),
	{ path: "/answer", handle: () => ({ headers: { "set-cookie": "a=1" }, body: "x" }) },
	{ path: "/redirect", handle: () => ({ status: 302, headers: { "set-cookie": "a=1", location: "/" } }) },
	{ path: "/object-body", handle: () => ({ headers: { "set-cookie": "a=1" }, body: { a: 1 } }) },
	tell("/session", (call) => {
		sessionOf(call).user = "u";
		return "x";
	}),
];

/** Past the framework, by Node's own means. */
function past(path: string, write: (call: Call) => unknown): Route {
	return {
		path,
		handle(call) {
			write(call);
			return undefined;
		},
	};
}

/** An answer that says of caching what it says, with a cookie. */
function saying(path: string, cacheControl: string, more: Readonly<Record<string, string>> = {}): Route {
	const headers = { "cache-control": cacheControl, "set-cookie": "a=1", ...more };
	return { path, handle: () => ({ headers, body: "x" }) };
}

forEachServer(({ start, framework }: Factory) => {
	const ofFramework = {
		express: (app: Express) =>
			app.get("/native", (_request, response) => void response.cookie("a", "1").send("x")),
		fastify: (app: import("fastify").FastifyInstance) =>
			app.get("/native", (_request, reply) => reply.header("Set-Cookie", "a=1").send("x")),
	};

	for (const [title, cacheControl] of [
		["as it comes", undefined],
		["where others may be kept", "public, max-age=60"],
		["where nothing is said of others", false],
	] as const) {
		test(`an answer that sets a cookie is kept by nobody, whoever sets it, ${title}`, async (t) => {
			const server = await start(t, {
				options: { session: SESSION, rateLimit: false, headers: { cacheControl } },
				routes: WAYS,
				afterRoutes: ofFramework,
			});
			for (const path of [...WAYS.map((route) => route.path), "/native"]) {
				const { headers } = await server.get(path);
				assert.ok(headers["set-cookie"]!.length > 0, path);
				assert.equal(headers["cache-control"], NO_STORE, path);
			}
		});
	}

	test("an answer of which nobody says anything is kept by nobody", async (t) => {
		const server = await start(t, { routes: [hello()] });
		for (const path of ["/", "/nowhere"]) {
			assert.equal((await server.get(path)).headers["cache-control"], NO_STORE);
		}
	});

	test("another word may be said for those, or none", async (t) => {
		for (const [cacheControl, sent] of [
			["private, max-age=60", "private, max-age=60"],
			["no-cache", "no-cache"],
			[false, undefined],
		] as const) {
			const server = await start(t, { options: { headers: { cacheControl } }, routes: [hello()] });
			assert.equal((await server.get("/")).headers["cache-control"], sent);
		}
	});

	test("what the program says of caching is the last word, however it says it", async (t) => {
		const server = await start(t, {
			routes: [
				saying("/private", "private, max-age=60"),
				saying("/none", "no-cache"),
				past("/object", ({ response }) => response.writeHead(200, { "Cache-Control": "max-age=5" }).end("x")),
				past("/list", ({ response }) => response.writeHead(200, ["CACHE-CONTROL", "max-age=6"]).end("x")),
				past("/before", ({ response }) => response.setHeader("cache-control", "max-age=7").end("x")),
			],
		});
		for (const [path, sent] of [
			["/private", "private, max-age=60"],
			["/none", "no-cache"],
			["/object", "max-age=5"],
			["/list", "max-age=6"],
			["/before", "max-age=7"],
		] as const) {
			const reply = await server.get(path);
			assert.equal(reply.headers["cache-control"], sent, path);
			assert.equal(reply.rawHeaders.filter((name) => /^cache-control$/i.test(name)).length, 1);
		}
		assert.equal(server.lines.filter(({ code }) => code === "CACHED_FOR_OTHERS").length, 0);
	});

	test("a cookie that shared caches may keep stays as the program said, and is said once", async (t) => {
		const server = await start(t, {
			routes: [saying("/items/:id", "public, max-age=60"), saying("/other", "s-maxage=60")],
		});
		for (const path of ["/items/7", "/items/8", "/other"]) {
			assert.notEqual((await server.get(path)).headers["cache-control"], NO_STORE);
		}
		const said = server.lines.filter(({ code }) => code === "CACHED_FOR_OTHERS");
		assert.equal(said.length, 1);
		assert.match(said[0]!.msg, /sets a cookie.*: \/items\/:id$/);
		assert.equal(said[0]!.level, 40);
	});

	test("what is for everybody and sets no cookie is nobody's business", async (t) => {
		const headers = { "cache-control": "public, max-age=60, immutable" };
		const server = await start(t, { routes: [{ path: "/", handle: () => ({ headers, body: "x" }) }] });
		assert.equal((await server.get("/")).headers["cache-control"], "public, max-age=60, immutable");
		assert.equal(server.lines.filter(({ code }) => code === "CACHED_FOR_OTHERS").length, 0);
	});

	test("H106 a page with a nonce is kept by nobody, and no two have the same one", async (t) => {
		for (const cacheControl of [false, "public, max-age=60"] as const) {
			const server = await start(t, {
				options: { preset: "web", session: SESSION, rateLimit: false, headers: { cacheControl } },
				routes: [tell("/", () => cspNonce()), hello("/plain")],
			});
			const nonces = new Set<string>();
			for (let round = 0; round < 100; round++) {
				const reply = await server.get("/");
				assert.equal(reply.headers["cache-control"], NO_STORE);
				nonces.add(reply.json());
			}
			assert.equal(nonces.size, 100);
			assert.equal((await server.get("/plain")).headers["cache-control"], cacheControl || undefined);
		}
	});

	test("H106 a page with a nonce that the program lets others keep is said", async (t) => {
		const headers = { "cache-control": "public, max-age=60", "content-type": "text/html" };
		const server = await start(t, {
			options: { preset: "web", session: SESSION },
			routes: [{ path: "/", handle: () => ({ headers, body: `<script nonce="${cspNonce()}">` }) }],
		});
		assert.equal((await server.get("/")).headers["cache-control"], "public, max-age=60");
		assert.match((await server.line({ code: "CACHED_FOR_OTHERS" })).msg, /has a nonce/);
	});

	test("a head that is written as a list keeps all that was set, packed and with a session too", async (t) => {
		const text = "x".repeat(4_096);
		const server = await start(t, {
			options: { session: SESSION },
			routes: [
				past("/", (call) => {
					sessionOf(call).user = "u";
					call.response.setHeader("X-Before", "kept");
					call.response.writeHead(200, ["Content-Type", "text/plain", "X-List", "there"]);
					call.response.end(text);
				}),
			],
		});
		const { headers } = await server.get("/", { "accept-encoding": "gzip" });
		assert.equal(headers["x-before"], "kept");
		assert.equal(headers["x-list"], "there");
		assert.equal(headers["content-type"], "text/plain");
		assert.equal(headers["cache-control"], NO_STORE);
		assert.equal(headers["x-frame-options"], "DENY");
		// On Fastify a program that goes past the framework goes past its session and its compression.
		if (framework === "express") assert.match(headers["set-cookie"]![0]!, /^sid=/);
	});

	test("H91 no-transform leaves an answer as it is, with a cookie or without", async (t) => {
		const headers = { "cache-control": "no-store, no-transform", "content-type": "text/plain" };
		const body = "secret ".repeat(1_000);
		const server = await start(t, {
			routes: [
				{ path: "/", handle: () => ({ headers, body }) },
				{ path: "/cookie", handle: () => ({ headers: { ...headers, "set-cookie": "a=1" }, body }) },
			],
		});
		for (const path of ["/", "/cookie"]) {
			const reply = await server.get(path, { "accept-encoding": "br, gzip" });
			assert.equal(reply.headers["content-encoding"], undefined);
			assert.equal(reply.text, body);
		}
	});
});
