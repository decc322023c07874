import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { getContext } from "@production-ready/core/context";
import * as onFastify from "@production-ready/fastify";
import { type FastifyInstance, fastify } from "fastify";
import { captureLog, FACTORIES, fresh, hello } from "./servers.ts";

/** A Fastify app with ours, before anybody awaits it. */
function build(
	t: TestContext,
	options: onFastify.Options = {},
): { app: FastifyInstance; log: ReturnType<typeof captureLog> } {
	fresh(t);
	const log = captureLog();
	const app = fastify();
	t.after(() => app.close());
	void app.register(onFastify.productionReady, { logging: { logger: log.logger }, ...options });
	return { app, log };
}

test("inject() passes through everything, without a socket", async (t) => {
	const { app, log } = build(t, { rateLimit: { limit: 2 } });
	app.get("/items/:id", async (request) => [request.id, getContext()?.requestId]);
	app.post("/items", async (request) => [getContext()?.requestId, request.body]);
	const get = await app.inject({ url: "/items/1", headers: { "x-request-id": "in-1" } });
	assert.deepEqual(get.json(), ["in-1", "in-1"]);
	assert.equal(get.headers["x-frame-options"], "DENY");
	assert.equal(get.headers["x-request-id"], "in-1");
	const post = await app.inject({
		method: "POST",
		url: "/items",
		headers: { "x-request-id": "in-2" },
		payload: { a: 1 },
	});
	assert.deepEqual(post.json(), ["in-2", { a: 1 }]);
	assert.equal((await app.inject("/items/1")).statusCode, 429);
	assert.equal((await app.inject("/livez")).body, '{"status":"ok"}');
	const line = await log.line({ requestId: "in-1" });
	assert.deepEqual([line.route, line.msg], ["/items/:id", "request completed"]);
	assert.equal(getContext(), undefined);
});

test("routes that stand before the plugin are guarded too, awaited or not", async (t) => {
	fresh(t);
	const log = captureLog();
	const app = fastify();
	t.after(() => app.close());
	app.get("/before", async () => "x".repeat(5_000));
	void app.register(onFastify.productionReady, { logging: { logger: log.logger } });
	app.get("/after", async () => "x".repeat(5_000));
	await app.register(async (child) => {
		child.get("/inside", async () => "x".repeat(5_000));
	});
	for (const url of ["/before", "/after", "/inside"]) {
		const reply = await app.inject({ url, headers: { "accept-encoding": "gzip" } });
		assert.equal(reply.headers["x-frame-options"], "DENY", url);
		assert.equal(reply.headers["content-encoding"], "gzip", url);
		assert.match(reply.headers.ratelimit as string, /^"default"/, url);
	}
});

test("a program may still claim what is Fastify's to give", async (t) => {
	const { app } = build(t);
	app.decorateRequest("session", null as never);
	app.decorateRequest("cookies", null as never);
	app.decorateReply("setCookie", (() => "mine") as never);
	app.decorateReply("compress", () => "mine");
	app.decorateRequest("rateLimit", null);
	app.setNotFoundHandler((_request, reply) => reply.code(404).send("mine"));
	app.setErrorHandler((_error, _request, reply) => reply.code(599).send("mine"));
	app.get("/broken", async () => {
		throw new Error("broken");
	});
	assert.equal((await app.inject("/nowhere")).body, "mine");
	const broken = await app.inject("/broken");
	assert.deepEqual([broken.statusCode, broken.body], [599, "mine"]);
});

test("an error handler of a plugin answers for that plugin, and ours for the rest", async (t) => {
	const { app } = build(t);
	const broken = async (): Promise<never> => {
		throw new Error("broken");
	};
	void app.register(async (child) => {
		child.setErrorHandler((_error, _request, reply) => reply.code(418).send("theirs"));
		child.get("/theirs", broken);
	});
	app.get("/ours", broken);
	const theirs = await app.inject("/theirs");
	assert.deepEqual([theirs.statusCode, theirs.body], [418, "theirs"]);
	assert.equal(
		(await app.inject("/ours")).headers["content-type"],
		"application/problem+json; charset=utf-8",
	);
});

test("a schema that does not fit is the client's fault, in a problem", async (t) => {
	const { app } = build(t);
	app.post(
		"/",
		{ schema: { body: { type: "object", required: ["name"], properties: { name: { type: "string" } } } } },
		async () => "ok",
	);
	const reply = await app.inject({
		method: "POST",
		url: "/",
		payload: {},
		headers: { "x-request-id": "schema-1" },
	});
	assert.deepEqual(
		[reply.statusCode, reply.json()],
		[
			400,
			{
				type: "about:blank",
				title: "Bad Request",
				status: 400,
				detail: "body must have required property 'name'",
				requestId: "schema-1",
			},
		],
	);
});

test("a bad limit of a route stops the boot where the route comes after the plugin", async (t) => {
	const { app } = build(t);
	app.register(async (child) => {
		child.get("/", { config: { productionReady: { rateLimit: { limit: -1 } } } }, async () => "never");
	});
	await assert.rejects(async () => app.ready(), /rateLimit\.limit: is -1/);
});

test("a route's own limit works on HEAD, on encapsulated routes, and alone", async (t) => {
	const { app } = build(t, { rateLimit: { limit: 1 } });
	void app.register(
		async (child) => {
			child.get("/:id", { config: { productionReady: { rateLimit: { limit: 3 } } } }, async () => "ok");
		},
		{ prefix: "/items" },
	);
	const statuses: number[] = [];
	for (const method of ["GET", "HEAD", "GET", "GET"] as const) {
		statuses.push((await app.inject({ method, url: "/items/1" })).statusCode);
	}
	assert.deepEqual(statuses, [200, 200, 200, 429]);
});

test("close() ends, with ours inside", async (t) => {
	for (const { start } of FACTORIES.filter(({ framework }) => framework === "fastify")) {
		const server = await start(t, { routes: [hello()] });
		assert.equal((await server.get("/")).status, 200);
		const app = server.app as FastifyInstance;
		await app.close();
		await assert.rejects(server.get("/"), { code: "ECONNREFUSED" });
	}
});

test("a route's limit goes by what the body says, also where ours was not awaited before the route", async (t) => {
	const { app } = build(t);
	const key = ({ body }: { body: { account: string } }) => body.account;
	const config = { productionReady: { rateLimit: { limit: 1, key: key as never } } };
	app.post("/login", { config }, async () => "in");
	const logIn = async (account: string): Promise<number> =>
		(await app.inject({ method: "POST", url: "/login", payload: { account } })).statusCode;
	assert.deepEqual([await logIn("ada"), await logIn("ada"), await logIn("bob")], [200, 429, 200]);
});
