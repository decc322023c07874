import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import fastifyStatic from "@fastify/static";
import * as onFastify from "@production-ready/fastify";
import {
	fail,
	forEachServer,
	fresh,
	hello,
	type Native,
	type Reply,
	type Route,
	type Server,
} from "./servers.ts";

const CSP = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

/** What every answer of an API carries over plain http, whatever it is; a longer table is in headers.test.ts. */
const SAFE: Readonly<Record<string, RegExp>> = {
	"content-security-policy": new RegExp(`^${CSP}$`),
	"cross-origin-embedder-policy": /^require-corp$/,
	"cross-origin-opener-policy": /^same-origin$/,
	"cross-origin-resource-policy": /^same-origin$/,
	"permissions-policy": /^accelerometer=\(\), .*camera=\(\)/,
	"referrer-policy": /^no-referrer$/,
	"x-content-type-options": /^nosniff$/,
	"x-frame-options": /^DENY$/,
	"x-permitted-cross-domain-policies": /^none$/,
};

/**
 * Every other name that an answer here may have. Whatever tells what runs there, in which version or behind what
 * (`Server`, `X-Powered-By`, OWASP's list of what to take away) is thereby absent; `pnpm security` asks that list itself.
 */
const HARMLESS: readonly string[] = [
	...["origin-agent-cluster", "x-dns-prefetch-control", "x-download-options", "x-request-id"],
	...["ratelimit", "ratelimit-policy", "retry-after", "cache-control", "vary", "location", "allow"],
	...[
		"access-control-allow-origin",
		"access-control-allow-methods",
		"access-control-expose-headers",
		"access-control-max-age",
	],
	...["date", "connection", "keep-alive", "content-type", "content-length", "transfer-encoding"],
	...["etag", "last-modified", "accept-ranges", "content-range", "content-encoding", "x-raw"],
];

function check(reply: Reply, status: number, what = "an answer"): void {
	assert.equal(reply.status, status, what);
	for (const [name, value] of Object.entries(SAFE)) {
		assert.match(String(reply.headers[name]), value, `${what}: ${name}`);
	}
	const others = Object.keys(reply.headers).filter((name) => !(name in SAFE) && !HARMLESS.includes(name));
	assert.deepEqual(others, [], what);
}

const folder = mkdtempSync(join(tmpdir(), "every-response-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "deeper"));
writeFileSync(join(folder, "page.html"), "<p>a file</p>");
writeFileSync(join(folder, "deeper", "index.html"), "<p>another</p>");

const files: Native = {
	express: (app, express) => app.use("/files", express.static(folder)),
	fastify: (app) => void app.register(fastifyStatic, { root: folder, prefix: "/files/", redirect: true }),
};
const TEXT = { "content-type": "text/plain" };

const ROUTES: readonly Route[] = [
	hello(),
	fail("/broken", new Error("broken")),
	fail("/refused", Object.assign(new Error("not yours"), { status: 403, statusCode: 403 })),
	{ path: "/rejected", handle: () => Promise.reject(new Error("rejected")) },
	{ method: "PUT", path: "/", handle: () => ({ status: 405, headers: { allow: "GET" }, body: "no" }) },
	{ method: "POST", path: "/body", body: "json", handle: () => ({ body: "read" }) },
	{ path: "/elsewhere", handle: () => ({ status: 302, headers: { location: "/" } }) },
	{ path: "/moved", handle: () => ({ status: 308, headers: { location: "/" }, body: "moved" }) },
	{ path: "/stream", handle: () => ({ headers: TEXT, body: Readable.from(["one", "two"]) }) },
	{ path: "/empty", handle: () => ({ status: 204 }) },
	{ path: "/same", handle: () => ({ status: 304, headers: { etag: '"1"' } }) },
	raw("/raw/object", (response) => response.writeHead(200, { "X-Raw": "object" })),
	raw("/raw/list", (response) => response.writeHead(200, ["X-Raw", "list"])),
	raw("/raw/message", (response) => response.writeHead(418, "teapot", { "X-Raw": "message" })),
	raw("/raw/flushed", (response) => response.flushHeaders()),
	raw("/raw/written", (response) => response.write("first ")),
];

/** Past the framework, by Node's own means. */
function raw(path: string, begin: (response: ServerResponse) => unknown): Route {
	return {
		path,
		handle({ response }) {
			begin(response);
			response.end("raw");
			return undefined;
		},
	};
}

type Ask = (server: Server) => Promise<Reply>;
const get =
	(path: string, headers: Readonly<Record<string, string>> = {}): Ask =>
	(server) =>
		server.get(path, headers);
const ask =
	(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string): Ask =>
	(server) =>
		server.ask(path, { method, headers, ...(body === undefined ? {} : { body }) });
const JSON_TYPE = { "content-type": "application/json" };

const KINDS: readonly (readonly [what: string, status: number, ask: Ask])[] = [
	["an answer", 200, get("/")],
	["its head alone", 200, ask("HEAD", "/")],
	["what is not found", 404, get("/nowhere")],
	["what is not found, its head alone", 404, ask("HEAD", "/nowhere")],
	["a method that has no route", 404, ask("DELETE", "/nowhere")],
	["a method that a route refuses", 405, ask("PUT", "/")],
	["a body that is too large", 413, ask("POST", "/body", JSON_TYPE, JSON.stringify("x".repeat(2 ** 21)))],
	["a body that cannot be read", 400, ask("POST", "/body", JSON_TYPE, "{")],
	["an error that is thrown", 500, get("/broken")],
	["an error that is rejected", 500, get("/rejected")],
	["an error of the client's", 403, get("/refused")],
	["a redirect", 302, get("/elsewhere")],
	["a permanent redirect", 308, get("/moved")],
	["nothing", 204, get("/empty")],
	["what the client has already", 304, get("/same")],
	["a stream", 200, get("/stream")],
	["a head written with an object", 200, get("/raw/object")],
	["a head written with a list", 200, get("/raw/list")],
	["a head written with a message", 418, get("/raw/message")],
	["a head that is flushed", 200, get("/raw/flushed")],
	["what is written piece by piece", 200, get("/raw/written")],
	["a file", 200, get("/files/page.html")],
	["a file, its head alone", 200, ask("HEAD", "/files/page.html")],
	["a part of a file", 206, get("/files/page.html", { range: "bytes=0-3" })],
	["a part that no file has", 416, get("/files/page.html", { range: "bytes=900-" })],
	["a file that is not there", 404, get("/files/nothing.html")],
	["a folder", 301, get("/files/deeper")],
	["a probe", 200, get("/livez")],
	[
		"a preflight",
		204,
		ask("OPTIONS", "/", { origin: "https://a.example", "access-control-request-method": "GET" }),
	],
];

forEachServer(({ name, framework, start }) => {
	const CORS = { origin: ["https://a.example"] };

	for (const [title, options] of [
		["", { cors: CORS }],
		[", errors left to the framework", { cors: CORS, errors: false }],
		[", compression off", { cors: CORS, compression: false }],
	] as const) {
		test(`H104 H105 every kind of answer is safe, and none tells what runs here${title}`, async (t) => {
			const server = await start(t, {
				options: { rateLimit: false, ...options },
				routes: ROUTES,
				afterRoutes: files,
			});
			for (const [what, status, make] of KINDS) {
				check(await make(server), status, what);
			}
		});
	}

	test("H104 a refusal by the limit is safe", async (t) => {
		const server = await start(t, { options: { rateLimit: { limit: 1 } }, routes: [hello()] });
		check(await server.get("/"), 200);
		for (const path of ["/", "/nowhere"]) check(await server.get(path), 429);
		check(await server.ask("/", { method: "HEAD" }), 429);
	});

	test("H104 a file that the client has already is safe, and keeps what the framework says of caching", async (t) => {
		const server = await start(t, { afterRoutes: files });
		const first = await server.get("/files/page.html");
		assert.equal(first.headers["cache-control"], "public, max-age=0");
		check(await server.get("/files/page.html", { "if-none-match": first.headers.etag! }), 304);
	});

	test("H104 OPTIONS is safe, whoever answers it", async (t) => {
		const server = await start(t, { routes: [hello()] });
		check(await server.ask("/", { method: "OPTIONS" }), framework === "express" ? 200 : 404);
		check(await server.ask("/nowhere", { method: "OPTIONS" }), 404);
	});

	test("H104 a page of the framework's own is as strict as it was, and as the app's policy where it left things open", async (t) => {
		const server = await start(t, {
			options: { preset: "web", session: false, rateLimit: false },
			afterRoutes: files,
		});
		for (const path of ["/nowhere", "/files/nothing.html", "/files/deeper"]) {
			const reply = await server.get(path);
			const csp = String(reply.headers["content-security-policy"]);
			assert.match(csp, /frame-ancestors 'none'/, path);
			assert.match(csp, /form-action 'self'/, path);
			assert.match(csp, /^default-src '(?:none|self)';/, path);
		}
	});

	test("H104 a policy of the program's own is not taken for the framework's", async (t) => {
		const headers = { "content-security-policy": "default-src 'none'", ...TEXT };
		const server = await start(t, { routes: [{ path: "/", handle: () => ({ headers, body: "hi" }) }] });
		assert.equal((await server.get("/")).headers["content-security-policy"], "default-src 'none'");
	});

	test("H104 what Node's parser refuses tells nothing, though it has none of our headers", async (t) => {
		const server = await start(t, { routes: [hello()] });
		const refused: readonly (readonly [bytes: string, status: RegExp])[] = [
			["GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", /^HTTP\/1\.1 400 /],
			[`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(2 ** 15)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
		];
		for (const [bytes, status] of refused) {
			const answer = await server.raw(bytes);
			assert.match(answer, status);
			assert.doesNotMatch(answer, /^(?:server|x-powered-by):/im);
		}
	});

	const canRead = framework === "express" || name === "Fastify, createApp";
	const why = canRead
		? false
		: "Fastify refuses it before any hook, unless serverOptions told it whom to ask";
	test("H104 a URL that nobody can read is answered safely", { skip: why }, async (t) => {
		const server = await start(t, { routes: [{ path: "/items/:id", handle: () => ({ body: "item" }) }] });
		check(await server.get("/items/%zz"), 400);
	});
});

test("H104 an answer by HTTP/2 is safe", async (t) => {
	fresh(t);
	const app = await onFastify.createApp({ logging: false, session: false }, { http2: true } as never);
	t.after(() => app.close());
	app.get("/", async (_request, reply) => reply.header("set-cookie", "a=1").send("hi"));
	const url = await app.listen({ port: 0, host: "127.0.0.1" });
	const client = http2.connect(url);
	t.after(() => client.destroy());
	for (const [path, status] of [
		["/", 200],
		["/nowhere", 404],
	] as const) {
		const stream = client.request({ ":path": path });
		const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
			stream.on("response", (received) => resolve(received as Record<string, unknown>));
			stream.on("error", reject);
		});
		stream.resume();
		assert.equal(headers[":status"], status);
		for (const [name, value] of Object.entries(SAFE)) assert.match(String(headers[name]), value, name);
		assert.equal(headers["cache-control"], "no-store, max-age=0");
		assert.equal(headers["x-powered-by"] ?? headers.server, undefined);
	}
});
