import assert from "node:assert/strict";
import { test } from "node:test";
import { getContext } from "@production-ready/core/context";
import { pinoHttp } from "pino-http";
import { PROGRAMS, runProgram } from "./child.ts";
import {
	captureLog,
	fail,
	forEachServer,
	hello,
	type Line,
	type Native,
	type Server,
	tell,
} from "./servers.ts";

const FIELDS = [
	"level",
	"time",
	"pid",
	"hostname",
	"requestId",
	"method",
	"path",
	"route",
	"status",
	"durationMs",
	"ip",
	"bytes",
	"msg",
];
const SECRETS = {
	authorization: "Bearer s3cr3t-bearer",
	cookie: "sid=s3cr3t-cookie",
	"x-api-key": "s3cr3t-key",
};

/** Lines of requests, and of nothing else. */
function completions(server: Server): Line[] {
	return server.lines.filter(({ msg }) => msg === "request completed" || msg === "request aborted");
}

forEachServer(({ start, framework, gaps }) => {
	test("a request that nobody could count says why it was refused", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { onOutage: "deny" }, redis: { url: "redis://127.0.0.1:1" } },
			routes: [hello()],
		});
		assert.equal((await server.get("/", { "x-request-id": "uncounted" })).status, 503);
		const line = await server.line({ requestId: "uncounted" });
		assert.deepEqual([line.level, line.status], [50, 503]);
		assert.match(line.reason, /^Redis has not counted it, and rateLimit\.onOutage is deny$/);
	});

	test("a request is one line, with the same fields everywhere", async (t) => {
		const server = await start(t, { routes: [hello("/users/:id")] });
		await server.get("/users/42?token=s3cr3t", { "x-request-id": "one" });
		const line = await server.line({ requestId: "one" });
		assert.deepEqual(Object.keys(line).sort(), FIELDS.toSorted());
		const { time: _time, pid: _pid, hostname: _host, durationMs, ...rest } = line;
		assert.deepEqual(rest, {
			level: 30,
			requestId: "one",
			method: "GET",
			path: "/users/42",
			route: "/users/:id",
			status: 200,
			ip: "127.0.0.1",
			bytes: 17,
			msg: "request completed",
		});
		assert.ok(durationMs > 0 && durationMs < 10_000);
	});

	test("the route is the template, also with a slash at the end, behind a mount path, and of one with an error", {
		skip: framework === "fastify" && "Fastify tells it of itself",
	}, async (t) => {
		const server = await start(t, {
			beforeRoutes: {
				express(app, express) {
					const router = express.Router();
					router.get("/items/:id", (_request, response) => void response.end());
					router.get("/broken/:id", () => {
						throw new Error("ours");
					});
					app.use("/api", router);
				},
			},
			routes: [hello(), hello("/users/:id"), hello("/:kind/of/:id")],
		});
		const cases: readonly (readonly [path: string, route: string | undefined])[] = [
			["/", "/"],
			["/?a=/b/c/", "/"],
			["/users/42", "/users/:id"],
			["/users/42/", "/users/:id"],
			["/users/42/?a=/b/c", "/users/:id"],
			["/x/of/y", "/:kind/of/:id"],
			["/api/items/7", "/api/items/:id"],
			["/api/items/7/", "/api/items/:id"],
			["/api/broken/7", "/api/broken/:id"],
			["/nowhere/at/all/here", undefined],
		];
		for (const [index, [path, route]] of cases.entries()) {
			await server.get(path, { "x-request-id": `row-${index}` });
			assert.equal((await server.line({ requestId: `row-${index}` })).route, route, path);
		}
	});

	test("the level tells how a request ended, and each request has one line", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 4 } },
			routes: [
				hello(),
				fail("/yours", Object.assign(new Error("yours"), { statusCode: 400 })),
				fail("/ours", new Error("ours")),
			],
		});
		const cases: readonly (readonly [path: string, level: number, status: number])[] = [
			["/", 30, 200],
			["/nowhere", 40, 404],
			["/yours", 40, 400],
			["/ours", 50, 500],
			["/", 40, 429],
		];
		for (const [index, [path]] of cases.entries()) {
			await server.get(path, { ...SECRETS, "x-request-id": `row-${index}` });
			await server.line({ requestId: `row-${index}`, msg: "request completed" });
		}
		assert.deepEqual(
			completions(server).map(({ path, level, status }) => [path, level, status]),
			cases,
		);
		const others = server.lines.filter(
			(line) => line.requestId !== undefined && !completions(server).includes(line),
		);
		assert.deepEqual(others, [], "nobody else writes of a request");
		assert.doesNotMatch(JSON.stringify(server.lines), /s3cr3t/);
		assert.equal(completions(server)[3]!.err.message, "ours");
		assert.deepEqual([completions(server)[2]!.err, completions(server)[2]!.reason], [undefined, "yours"]);
	});

	test("what the program logs in a request has the request's id", async (t) => {
		const server = await start(t, {
			routes: [
				tell("/", async ({ native }) => {
					native.log.info({ by: "request" }, "said");
					await new Promise((resolve) => setImmediate(resolve));
					getContext()!.log.warn({ by: "context" }, "said");
				}),
			],
		});
		await server.get("/", { "x-request-id": "said-1" });
		for (const by of ["request", "context"]) assert.equal((await server.line({ by })).requestId, "said-1");
	});

	test("fields of the program stand in the line, and cannot take the place of ours", async (t) => {
		const server = await start(t, {
			options: {
				logging: {
					fields: (request: { headers: Record<string, string> }) => ({
						tenant: request.headers["x-tenant"],
						status: 999,
						requestId: "forged",
						level: "forged",
						msg: "forged",
					}),
				},
			},
			routes: [hello()],
		});
		await server.get("/", { "x-tenant": "acme", "x-request-id": "real" });
		const line = await server.line({ tenant: "acme" });
		assert.deepEqual(
			[line.status, line.requestId, line.level, line.msg],
			[200, "real", 30, "request completed"],
		);
	});

	test("fields that throw cost neither the line nor the process", async (t) => {
		const server = await start(t, {
			options: {
				logging: {
					fields: () => {
						throw new Error("no tenant");
					},
				},
			},
			routes: [hello()],
		});
		assert.equal((await server.get("/")).status, 200);
		assert.equal((await server.line({ path: "/" })).status, 200);
	});

	test("fields that no JSON can hold cost neither the line nor the process", async (t) => {
		const fields = [() => ({ big: 10n }), () => circular(), () => "text", () => null, () => undefined];
		let asked = 0;
		const server = await start(t, {
			options: { logging: { fields: () => fields[asked++]!() as never } },
			routes: [hello()],
		});
		for (const index of fields.keys()) {
			assert.equal((await server.get("/", { "x-request-id": `row-${index}` })).status, 200);
			assert.equal((await server.line({ requestId: `row-${index}` })).status, 200);
		}
	});

	test("a logger of the program's decides which lines are written", async (t) => {
		const theirs = captureLog({ level: "warn", base: null, messageKey: "message" });
		const server = await start(t, { options: { logging: { logger: theirs.logger } }, routes: [hello()] });
		await server.get("/");
		await server.get("/nowhere", { "x-request-id": "lost" });
		await theirs.line({ requestId: "lost" });
		assert.deepEqual(
			theirs.lines.map(({ message, status }) => [message, status]),
			[["request completed", 404]],
		);
	});

	test("a trace that came along is in the line", async (t) => {
		const server = await start(t, { routes: [hello()] });
		const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
		await server.get("/", { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, "cf-ray": "8f0-AMS" });
		const line = await server.line({ path: "/" });
		assert.deepEqual([line.traceId, line.upstreamId], [traceId, "8f0-AMS"]);
		assert.match(line.spanId, /^[0-9a-f]{16}$/);
	});

	test("nothing that a client writes begins a line of its own", async (t) => {
		const server = await start(t);
		const paths = ["/%0a%0d{%22level%22:60}", "/%1b[31m", "/a%00b", "/%c2%9b"];
		for (const [index, path] of paths.entries()) {
			const head = `Host: a\r\nUser-Agent: \u009b\u00ff\r\nX-Request-Id: row-${index}\r\nConnection: close\r\n\r\n`;
			await server.raw(Buffer.from(`GET ${path} HTTP/1.1\r\n${head}`, "latin1"));
			const line = await server.line({ requestId: `row-${index}`, msg: "request completed" });
			assert.equal(
				[...line.path].some((character) => character < " "),
				false,
			);
		}
	});

	const theirs = captureLog();
	const middleware = pinoHttp({ logger: theirs.logger, genReqId: () => "theirs-1" });
	const pinoHttpOfUser: Native = {
		express: (app) => app.use(middleware),
		fastify: (app) =>
			app.addHook("onRequest", (request, reply, done) => {
				middleware(request.raw, reply.raw);
				done();
			}),
	};

	test("a pino-http of the program's before ours keeps its id, its logger and its line", {
		skip: gaps.before,
	}, async (t) => {
		theirs.lines.length = 0;
		const server = await start(t, {
			before: pinoHttpOfUser,
			routes: [tell("/", ({ request }) => [request.id, request.log.info("said")])],
		});
		const reply = await server.get("/", { "x-request-id": "ours-1" });
		assert.deepEqual(reply.json(), ["theirs-1", null]);
		assert.equal((await server.line({ msg: "request completed" })).requestId, "ours-1");
		for (const msg of ["said", "request completed"]) {
			assert.equal((await theirs.line({ msg })).req.id, "theirs-1");
		}
	});

	test("a pino-http of the program's after ours writes its line beside ours", async (t) => {
		theirs.lines.length = 0;
		const server = await start(t, { beforeRoutes: pinoHttpOfUser, routes: [hello()] });
		assert.equal((await server.get("/", { "x-request-id": "ours-1" })).status, 200);
		assert.equal((await server.line({ msg: "request completed" })).requestId, "ours-1");
		// It takes over the id of a request that has one; Fastify's request has it, Node's below has none.
		const id = framework === "express" ? "ours-1" : "theirs-1";
		assert.equal((await theirs.line({ msg: "request completed" })).req.id, id);
	});
});

function circular(): Record<string, unknown> {
	const loop: Record<string, unknown> = {};
	loop.self = loop;
	return loop;
}

const ROUTES: Readonly<Record<string, string>> = {
	express: `app.get("/users/:id", (request, response) => {
		request.log.info({ headers: request.headers, password: "s3cr3t-password" }, "from the route\\u001b[31m\\nforged");
		response.json({});
	});`,
	fastify: `app.get("/users/:id", async (request) => {
		request.log.info({ headers: request.headers, password: "s3cr3t-password" }, "from the route\\u001b[31m\\nforged");
		return {};
	});`,
};
const REQUEST = `await (await fetch(url + "/users/7?api_key=s3cr3t", { headers: ${JSON.stringify({ ...SECRETS, "x-request-id": "child-1" })} })).text();`;

for (const [name, program] of Object.entries(PROGRAMS)) {
	const source = program("{}", ROUTES[name.startsWith("Express") ? "express" : "fastify"]!, REQUEST);

	test(`in production the default logger writes JSON to standard output, without secrets (${name})`, async () => {
		const { stdout, stderr, lines, code } = await runProgram(source, { NODE_ENV: "production" });
		assert.equal(stderr, "");
		assert.equal(code, 0);
		assert.doesNotMatch(stdout, /s3cr3t/);
		const ofRequest = lines.filter(({ requestId }) => requestId === "child-1");
		assert.deepEqual(
			ofRequest.map(({ msg, status }) => [msg, status]),
			[
				["from the route\u001b[31m\nforged", undefined],
				["request completed", 200],
			],
		);
		assert.deepEqual([ofRequest[1]!.route, ofRequest[1]!.path], ["/users/:id", "/users/7"]);
		assert.equal(lines.length, stdout.trimEnd().split("\n").length, "nothing but JSON");
	});

	test(`in development the default logger writes for people, and nothing forges a line (${name})`, async () => {
		const { stdout, stderr, code } = await runProgram(source, { NODE_ENV: "development" });
		assert.equal(stderr, "");
		assert.equal(code, 0);
		assert.doesNotMatch(stdout, /s3cr3t|^forged|^\{/m);
		assert.equal(stdout.includes("\u001b"), false);
		assert.match(stdout, /^\d\d:\d\d:\d\d\.\d{3} INFO +request completed .*requestId=child-1/im);
	});

	test(`LOG_LEVEL decides without code (${name})`, async () => {
		const { lines } = await runProgram(source, { NODE_ENV: "production", LOG_LEVEL: "warn" });
		// The one thing that may be wrong here: how these tests are run.
		assert.deepEqual(
			lines.filter(({ code }) => code !== "SIGNALS_NOT_PASSED_ON"),
			[],
		);
	});
}
