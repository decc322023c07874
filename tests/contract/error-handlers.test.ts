import assert from "node:assert/strict";
import { test } from "node:test";
import { productionReady } from "@production-ready/fastify";
import { type FastifyInstance, fastify } from "fastify";
import {
	addFastifyRoute,
	captureLog,
	FACTORIES,
	fail,
	fresh,
	hello,
	listen,
	type Native,
	type Route,
} from "./servers.ts";

/** What only Fastify has: handlers that inherit from one another, by app, by plugin and by route. */
const SERVERS = FACTORIES.filter(({ framework }) => framework === "fastify");
const ID = { "x-request-id": "handled-1" };
const SECRET = "the secret of the database";

interface Case {
	readonly routes?: readonly Route[];
	readonly fastify?: (app: FastifyInstance) => void;
	readonly path?: string;
	readonly status: number;
	readonly body: string;
}

function problem(status: number, title: string, detail?: string): string {
	const shown = detail === undefined ? {} : { detail };
	return JSON.stringify({ type: "about:blank", title, status, ...shown, requestId: "handled-1" });
}

const BROKEN: readonly Route[] = [fail("/", new Error(SECRET))];
const OURS = { status: 500, body: problem(500, "Internal Server Error") };

const CASES: Readonly<Record<string, Case>> = {
	"another error in place of the first is the one that is told": {
		routes: BROKEN,
		fastify: (app) =>
			app.setErrorHandler((_error, _request, reply) => {
				reply.send(Object.assign(new Error("already exists"), { statusCode: 409 }));
			}),
		status: 409,
		body: problem(409, "Conflict", "already exists"),
	},
	"an error that is thrown in place of the first is the one that is told": {
		routes: [fail("/", Object.assign(new Error("bad"), { statusCode: 400 }))],
		fastify: (app) =>
			app.setErrorHandler(async () => {
				throw Object.assign(new Error(SECRET), { statusCode: 503 });
			}),
		status: 503,
		body: problem(503, "Service Unavailable"),
	},
	"an answer of its own stays, also one that says how long it is": {
		routes: BROKEN,
		fastify: (app) =>
			app.setErrorHandler((_error, _request, reply) => {
				reply.code(400).header("content-length", 4).send("mine");
			}),
		status: 400,
		body: "mine",
	},
	"an answer of its own stays, also one that repeats what was thrown": {
		routes: [fail("/", "oops")],
		fastify: (app) =>
			app.setErrorHandler((error, _request, reply) => reply.code(400).type("text/plain").send(String(error))),
		status: 400,
		body: "oops",
	},
	"a handler of a route is asked first": {
		fastify: (app) =>
			app.get("/", {
				errorHandler: (_error, _request, reply) => void reply.code(418).send("the route's"),
				handler: async () => Promise.reject(new Error(SECRET)),
			}),
		status: 418,
		body: "the route's",
	},
	"a handler of a route may hand on": {
		fastify: (app) =>
			app.get("/", {
				errorHandler: (error, _request, reply) => void reply.send(error),
				handler: async () => Promise.reject(new Error(SECRET)),
			}),
		...OURS,
	},
	"a handler of a plugin within is asked first, and its neighbours get ours": {
		fastify: (app) => {
			app.register(async (inner) => {
				inner.setErrorHandler((_error, _request, reply) => void reply.code(418).send("the plugin's"));
				inner.get("/inner", async () => Promise.reject(new Error(SECRET)));
			});
			app.get("/", async () => Promise.reject(new Error(SECRET)));
		},
		...OURS,
	},
	"an object that JSON writes otherwise than it is": {
		routes: [fail("/", { message: SECRET, at: new Date(0), none: undefined })],
		...OURS,
	},
	"a schema for the failed answer does not let the message out": {
		fastify: (app) =>
			app.get("/", {
				schema: { response: { 500: { type: "object", properties: { message: { type: "string" } } } } },
				handler: async () => Promise.reject(new Error(SECRET)),
			}),
		...OURS,
	},
	"an onSend hook that always throws": {
		routes: [hello()],
		fastify: (app) => {
			app.get("/hooked", {
				onSend: async () => {
					throw new Error(SECRET);
				},
				handler: async () => "never sent",
			});
		},
		path: "/hooked",
		...OURS,
	},
	"a header that cannot be sent": {
		fastify: (app) =>
			app.get("/", (_request, reply) => {
				reply.header("x-name", "a\r\nb").send("never sent");
			}),
		...OURS,
	},
};

for (const { name, start } of SERVERS) {
	for (const [what, { routes = [], fastify, path = "/", status, body }] of Object.entries(CASES)) {
		test(`${what} (${name})`, async (t) => {
			const native: Native = fastify === undefined ? {} : { fastify };
			const server = await start(t, { beforeRoutes: native, routes });
			const reply = await server.get(path, ID);
			assert.deepEqual([reply.status, reply.text], [status, body]);
			assert.equal(reply.headers["x-frame-options"], "DENY");
			assert.equal(reply.headers["content-length"], String(Buffer.byteLength(body)));
		});
	}

	test(`a handler that is set twice costs no warning that bare Fastify would not give (${name})`, async (t) => {
		const warnings: unknown[] = [];
		const onWarning = (warning: Error): void => void warnings.push(warning.message);
		process.on("warning", onWarning);
		t.after(() => process.off("warning", onWarning));
		const server = await start(t, {
			afterRoutes: { fastify: (app) => void app.setErrorHandler((error) => Promise.reject(error)) },
			routes: BROKEN,
		});
		assert.equal((await server.get("/", ID)).text, OURS.body);
		assert.deepEqual(warnings, []);
	});
}

test("a URL that Fastify cannot read goes through the rooms, where Fastify was told at construction", async (t) => {
	const { start } = SERVERS.find(({ name }) => name.includes("createApp"))!;
	const server = await start(t, { options: { rateLimit: { limit: 2 } }, routes: [hello("/a/:id")] });
	const replies = [await server.get("/a/%zz", ID), await server.get(`/a/${"x".repeat(200)}`, ID)];
	assert.deepEqual(
		replies.map(({ status, headers }) => [status, headers["content-type"], headers["x-request-id"]]),
		[
			[400, "application/problem+json; charset=utf-8", "handled-1"],
			[414, "application/problem+json; charset=utf-8", "handled-1"],
		],
	);
	assert.equal(replies[0]!.headers["x-frame-options"], "DENY");
	assert.equal((await server.line({ path: "/a/%zz" })).status, 400);
	assert.equal((await server.get("/a/%zz")).status, 429);
});

test("a route's own options that are wrong fail the route, where it was added before the plugin had run", async (t) => {
	fresh(t);
	const log = captureLog();
	const app = fastify();
	void app.register(productionReady, { prefix: "/x", logging: { logger: log.logger } });
	addFastifyRoute(app, { ...hello("/login"), own: { rateLimit: { max: 5 } as never } });
	addFastifyRoute(app, hello());
	const server = await listen(t, app, log);
	assert.deepEqual([(await server.get("/login", ID)).text, (await server.get("/")).status], [OURS.body, 200]);
	assert.match((await server.line({ requestId: "handled-1" })).err.message, /did you mean limit\?/);
});
