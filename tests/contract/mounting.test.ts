import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import { explain, ProductionReadyError } from "@production-ready/core";
import { getContext } from "@production-ready/core/context";
import { uninstall } from "@production-ready/core/lifecycle";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { type FastifyBaseLogger, type FastifyInstance, fastify } from "fastify";
import {
	addFastifyRoute,
	captureLog,
	type ExpressLibrary,
	express4,
	express5,
	fail,
	forEachServer,
	fresh,
	hello,
	listen,
	type Reply,
	tell,
} from "./servers.ts";

/** Without its types, which are the adapter's to bring. */
const session: (options: object) => RequestHandler = createRequire(import.meta.url)("express-session");
const LIBRARIES: readonly (readonly [name: string, express: ExpressLibrary])[] = [
	["Express 4", express4],
	["Express 5", express5],
];
interface Router {
	readonly stack: readonly { readonly handle: { readonly name: string } }[];
}
const QUIET = { LOG_LEVEL: "silent" };
const PROBLEM = "application/problem+json; charset=utf-8";

const CSP = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

/** All that the one line gives, seen from outside. */
function checkAll(reply: Reply): void {
	assert.equal(reply.headers["content-security-policy"], CSP);
	assert.match(reply.headers["x-request-id"] as string, /^[0-9a-f-]{36}$/);
	assert.match(reply.headers.ratelimit as string, /^"default";r=\d+;t=\d+$/);
	assert.equal(reply.headers["x-powered-by"], undefined);
}

/** Nothing of ours is there. */
function checkNone(reply: Reply): void {
	for (const name of ["content-security-policy", "x-request-id", "ratelimit", "x-content-type-options"]) {
		assert.equal(reply.headers[name], undefined, name);
	}
}

for (const [name, express] of LIBRARIES) {
	test(`app.use(productionReady()) alone gives everything (${name})`, async (t) => {
		fresh(t, QUIET);
		const app = express();
		app.use(onExpress.productionReady());
		app.get("/", (_request, response) => void response.json({ text: "x".repeat(5_000) }));
		app.get("/broken", () => {
			throw new Error("broken");
		});
		const server = await listen(t, app);
		const reply = await server.get("/", { "accept-encoding": "gzip" });
		checkAll(reply);
		assert.equal(reply.headers["content-encoding"], "gzip");
		assert.equal((await server.get("/readyz")).text, '{"status":"ok"}');
		assert.equal((await server.get("/broken")).headers["content-type"], PROBLEM);
	});

	test(`createApp() is an app with everything, and takes Express' settings second (${name})`, {
		skip: name === "Express 4" ? "createApp builds with the Express beside it" : undefined,
	}, async (t) => {
		fresh(t, QUIET);
		const app = onExpress.createApp({ rateLimit: { limit: 5 } }, { "json spaces": 1, etag: false });
		app.get("/", (_request, response) => void response.json({ a: 1 }));
		const reply = await (await listen(t, app)).get("/");
		checkAll(reply);
		assert.deepEqual([reply.text, reply.headers.etag], ['{\n "a": 1\n}', undefined]);
		assert.equal(reply.headers["ratelimit-policy"], '"default";q=5;w=60');
	});

	test(`mounted on a sub-path it guards the sub-path, and answers probes at the root (${name})`, async (t) => {
		fresh(t);
		const log = captureLog();
		const app = express();
		app.use("/api", onExpress.productionReady({ logging: { logger: log.logger } }));
		app.get("/api/broken", () => {
			throw new Error("broken");
		});
		app.get("/api/item/:id", (request, response) => void response.json(request.id));
		app.get("/outside", (_request, response) => void response.send("outside"));
		const server = await listen(t, app, log);
		const inside = await server.get("/api/item/1", { "x-request-id": "inside-1" });
		assert.equal(inside.json(), "inside-1");
		assert.equal(inside.headers["x-frame-options"], "DENY");
		const line = await server.line({ requestId: "inside-1" });
		assert.deepEqual([line.path, line.route], ["/api/item/1", "/api/item/:id"]);
		assert.equal((await server.get("/api/broken")).headers["content-type"], PROBLEM);
		checkNone(await server.get("/outside"));
		for (const path of ["/livez", "/readyz", "/startupz"]) {
			const probe = await server.get(path);
			assert.deepEqual([probe.status, probe.text], [200, '{"status":"ok"}'], path);
		}
		assert.equal((await server.get("/api/livez")).status, 404);
	});

	test(`mounted through a Router it works from the first request, and says what it could not do (${name})`, async (t) => {
		fresh(t);
		const log = captureLog();
		const app = express();
		const router = express.Router();
		router.use(onExpress.productionReady({ logging: { logger: log.logger } }));
		router.get("/", (request, response) => void response.json(request.id));
		router.get("/broken", () => {
			throw new Error("broken");
		});
		app.use("/v1", router);
		const server = await listen(t, app, log);
		const broken = await server.get("/v1/broken", { "x-request-id": "first" });
		assert.deepEqual([broken.headers["content-type"], broken.json().requestId], [PROBLEM, "first"]);
		const second = await server.get("/v1", { "x-request-id": "second" });
		checkAll({ ...second, headers: { ...second.headers, "x-request-id": "0".repeat(36) } });
		assert.equal(second.json(), "second");
		assert.match((await server.line({ code: "MOUNTED_LATE" })).msg, /Router/);
		assert.equal(log.lines.filter(({ code }) => code === "MOUNTED_LATE").length, 1);
	});

	test(`a session of the program's beside ours keeps working (${name})`, async (t) => {
		fresh(t);
		const log = captureLog();
		const app = express();
		app.use(onExpress.productionReady({ logging: { logger: log.logger } }));
		app.use(session({ secret: "a secret of the program", resave: false, saveUninitialized: true }));
		app.get("/", (request, response) => {
			const visit = request.session as unknown as { count?: number };
			visit.count = (visit.count ?? 0) + 1;
			response.json([visit.count, getContext()?.requestId]);
		});
		const server = await listen(t, app, log);
		const first = await server.get("/", { "x-request-id": "one" });
		assert.deepEqual(first.json(), [1, "one"]);
		const cookie = first.headers["set-cookie"]![0]!.split(";", 1)[0]!;
		assert.deepEqual((await server.get("/", { cookie, "x-request-id": "two" })).json(), [2, "two"]);
	});

	test(`each part works alone (${name})`, async (t) => {
		fresh(t, QUIET);
		const app = express();
		app.use(onExpress.headers({ xFrameOptions: { action: "sameorigin" } }));
		app.use(onExpress.rateLimit({ limit: 2 }));
		app.use(onExpress.compression({ threshold: 10 }));
		app.get("/", (_request, response) => void response.type("text").send("x".repeat(200)));
		const server = await listen(t, app);
		const reply = await server.get("/", { "accept-encoding": "gzip" });
		assert.equal(reply.headers["x-frame-options"], "SAMEORIGIN");
		assert.equal(reply.headers["content-encoding"], "gzip");
		assert.equal(reply.headers["x-request-id"], undefined);
		assert.match(reply.headers.ratelimit as string, /;r=1;/);
		assert.equal((await server.get("/")).status, 200);
		assert.equal((await server.get("/")).status, 429);
	});

	test(`an app inside of an app, both with productionReady(), is one request (${name})`, async (t) => {
		fresh(t);
		const log = captureLog();
		const options = { logging: { logger: log.logger }, rateLimit: { limit: 100 } };
		const inner = express();
		inner.use(onExpress.productionReady(options));
		inner.get("/", (request, response) => void response.json(request.id));
		inner.get("/broken", () => {
			throw Object.assign(new Error("inner"), { status: 400 });
		});
		const app = express();
		app.use(onExpress.productionReady(options));
		app.use("/inner", inner);
		const server = await listen(t, app, log);
		const reply = await server.get("/inner", { "x-request-id": "once" });
		assert.equal(reply.json(), "once");
		assert.match(reply.headers.ratelimit as string, /;r=99;/, "counted once");
		const broken = await server.get("/inner/broken", { "x-request-id": "twice" });
		assert.deepEqual([broken.status, broken.headers["content-type"]], [400, PROBLEM]);
		await server.line({ requestId: "twice", msg: "request completed" });
		assert.equal(log.lines.filter(({ msg }) => msg === "request completed").length, 2, "logged once each");
		assert.equal(log.lines.filter(({ code }) => code === "MOUNTED_TWICE").length, 1);
	});
}

test("app.register(productionReady) alone gives everything (Fastify)", async (t) => {
	fresh(t, QUIET);
	const app = fastify();
	void app.register(onFastify.productionReady);
	app.get("/", async () => ({ text: "x".repeat(5_000) }));
	app.get("/broken", async () => {
		throw new Error("broken");
	});
	const server = await listen(t, app);
	const reply = await server.get("/", { "accept-encoding": "gzip" });
	checkAll(reply);
	assert.equal(reply.headers["content-encoding"], "gzip");
	assert.equal((await server.get("/readyz")).text, '{"status":"ok"}');
	assert.equal((await server.get("/broken")).headers["content-type"], PROBLEM);
});

test("a plugin that is called instead of handed over says how it is written (Fastify)", (t) => {
	fresh(t, QUIET);
	const { productionReady, headers, rateLimit, cors, csrf, limits, compression, session } = onFastify;
	const plugins = { productionReady, headers, rateLimit, cors, csrf, limits, compression, session };
	for (const [name, plugin] of Object.entries(plugins)) {
		const call = plugin as (options?: object) => unknown;
		for (const given of [[], [{}], [{ preset: "web" }]]) {
			assert.throws(
				() => call(...given),
				(error) => {
					assert.ok(error instanceof ProductionReadyError, String(error));
					assert.deepEqual(
						error.faults.map(({ at, code }) => [at, code]),
						[[name, "OPTION_INVALID"]],
					);
					assert.equal(error.faults[0]!.hint, `await app.register(${name}, { ... })`);
					return true;
				},
			);
		}
	}
});

for (const [name, express] of LIBRARIES) {
	test(`handed over instead of called it says how it is written (${name})`, async (t) => {
		fresh(t, QUIET);
		const app = express();
		app.use(onExpress.productionReady as never);
		app.use(((error, _request, response, _next) => {
			response.json(error.faults);
		}) as ErrorRequestHandler);
		const [fault] = (await (await listen(t, app)).get("/")).json();
		assert.deepEqual([fault.at, fault.hint], ["productionReady", "app.use(productionReady())"]);
	});
}

test("registered in a plugin with a prefix it guards the plugin, and answers probes at the root (Fastify)", async (t) => {
	fresh(t);
	const log = captureLog();
	const app = fastify();
	void app.register(
		async (child) => {
			void child.register(onFastify.productionReady, { logging: { logger: log.logger } });
			addFastifyRoute(
				child,
				tell("/item/:id", ({ native }) => native.id),
			);
		},
		{ prefix: "/api" },
	);
	addFastifyRoute(app, hello("/outside"));
	const server = await listen(t, app, log);
	const inside = await server.get("/api/item/1", { "x-request-id": "inside-1" });
	assert.equal(inside.json(), "inside-1");
	assert.equal(inside.headers["x-frame-options"], "DENY");
	const line = await server.line({ requestId: "inside-1" });
	assert.deepEqual([line.path, line.route], ["/api/item/1", "/api/item/:id"]);
	checkNone(await server.get("/outside"));
	for (const path of ["/livez", "/readyz?x=1", "/startupz"]) {
		const probe = await server.get(path);
		assert.deepEqual([probe.status, probe.text], [200, '{"status":"ok"}'], path);
	}
});

test("each part works alone (Fastify)", async (t) => {
	fresh(t, QUIET);
	const app = fastify();
	void app.register(onFastify.headers, { xFrameOptions: { action: "sameorigin" } });
	void app.register(onFastify.rateLimit, { limit: 2 });
	void app.register(onFastify.compression, { threshold: 10 });
	app.get("/", (_request, reply) => reply.type("text/plain").send("x".repeat(200)));
	const server = await listen(t, app);
	const reply = await server.get("/", { "accept-encoding": "gzip" });
	assert.equal(reply.headers["x-frame-options"], "SAMEORIGIN");
	assert.equal(reply.headers["content-encoding"], "gzip");
	assert.equal(reply.headers["x-request-id"], undefined);
	assert.match(reply.headers.ratelimit as string, /;r=1;/);
	assert.deepEqual([(await server.get("/")).status, (await server.get("/")).status], [200, 429]);
});

test("a server that the program listens with itself stays open when the app closes (Fastify)", async (t) => {
	fresh(t);
	const server = http.createServer();
	const app = fastify({ serverFactory: (handler) => server.on("request", handler) });
	void app.register(onFastify.productionReady, { logging: { logger: captureLog().logger } });
	addFastifyRoute(app, hello());
	await app.ready();
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => void server.close());
	await app.close();
	assert.equal(server.listening, true);
});

test("a program that makes the loggers of requests itself finds its own in request.log (Fastify)", async (t) => {
	type Factory = FastifyInstance["childLoggerFactory"];
	const own: Factory = (logger, bindings, options) =>
		Object.assign(logger.child(bindings, options), { say: () => "mine" });
	const sayMine = (request: { log: object }): string => (request.log as { say(): string }).say();
	const ways: Readonly<Record<string, (app: FastifyInstance) => void>> = {
		"by an app": (app) => app.setChildLoggerFactory(own).get("/", sayMine),
		"by a route": (app) => app.get("/", { childLoggerFactory: own }, sayMine),
		"from nothing": (app) =>
			app
				.setChildLoggerFactory(() => Object.assign(captureLog().logger, { say: () => "mine" }))
				.get("/", sayMine),
	};
	for (const [way, add] of Object.entries(ways)) {
		fresh(t);
		const app = fastify();
		void app.register(onFastify.productionReady, { logging: { logger: captureLog().logger } });
		add(app);
		assert.equal((await app.inject("/")).body, "mine", way);
	}
});

test("Fastify's own line of an error stays in the log that the program has given it (Fastify)", async (t) => {
	fresh(t);
	const own = captureLog();
	const app = fastify({ loggerInstance: own.logger as FastifyBaseLogger });
	void app.register(onFastify.productionReady, { logging: { logger: captureLog().logger } });
	for (const status of [404, 503]) {
		addFastifyRoute(app, fail(`/${status}`, Object.assign(new Error(`says ${status}`), { status })));
	}
	for (const status of [404, 503]) await app.inject(`/${status}`);
	const lines = own.lines.filter(({ err }) => err !== undefined);
	const said = lines.map(({ level, msg, res }) => [level, msg, res.statusCode]);
	assert.deepEqual(said, [
		[30, "says 404", 404],
		[50, "says 503", 503],
	]);
});

test("Fastify's settings come second in createApp, and win", async (t) => {
	fresh(t, QUIET);
	const app = await onFastify.createApp(
		{ proxy: { hops: 1 } },
		{ trustProxy: false, genReqId: () => "mine" },
	);
	const reply = await app.inject({ url: "/", headers: { "x-forwarded-for": "203.0.113.7" } });
	assert.equal(reply.headers["x-request-id"], "mine");
	await app.close();
});

test("an app that wants trust and was not built for it is told what to type (Fastify)", async (t) => {
	fresh(t);
	const log = captureLog();
	const app = fastify();
	void app.register(onFastify.productionReady, { proxy: { hops: 1 }, logging: { logger: log.logger } });
	await app.ready();
	assert.match(
		(await log.line({ code: "TRUST_AT_CONSTRUCTION" })).hint,
		/serverOptions\(options\)|createApp/,
	);
	await app.close();
});

forEachServer(({ start, framework }) => {
	test("mounted twice it works once, and says so once", async (t) => {
		const log = captureLog();
		const again = { logging: { logger: log.logger }, rateLimit: { limit: 10 } };
		const server = await start(t, {
			options: again,
			beforeRoutes: {
				express: (app) => app.use(onExpress.productionReady(again)),
				fastify: (app) => void app.register(onFastify.productionReady, again),
			},
			routes: [hello(), tell("/broken", () => Promise.reject(new Error("broken")))],
		});
		const replies = [await server.get("/"), await server.get("/")];
		for (const reply of replies) checkAll(reply);
		assert.match(replies[1]!.headers.ratelimit as string, /;r=8;/);
		assert.equal((await server.get("/broken")).headers["content-type"], PROBLEM);
		await log.line({ path: "/broken" });
		assert.equal(log.lines.filter(({ msg }) => msg === "request completed").length, 3);
		assert.equal(log.lines.filter(({ code }) => code === "MOUNTED_TWICE").length, 1);
		assert.match(explain(), /note: MOUNTED_TWICE/);
	});

	test("two apps in one process each have their own rooms", async (t) => {
		const log = captureLog();
		const build = async (limit: number, livePath: string) => {
			const options = { logging: { logger: log.logger }, rateLimit: { limit }, health: { livePath } };
			if (framework === "express") {
				const app = express5();
				app.use(onExpress.productionReady(options));
				app.get("/", (_request, response) => void response.send("hi"));
				return listen(t, app, log);
			}
			const app = fastify();
			void app.register(onFastify.productionReady, options);
			app.get("/", async () => "hi");
			return listen(t, app, log);
		};
		fresh(t);
		const strict = await build(1, "/alive");
		const loose = await build(3, "/livez");
		const statuses = async (server: typeof strict, count: number) => {
			const seen: number[] = [];
			while (seen.length < count) seen.push((await server.get("/")).status);
			return seen;
		};
		assert.deepEqual(await statuses(strict, 2), [200, 429]);
		assert.deepEqual(await statuses(loose, 4), [200, 200, 200, 429]);
		assert.deepEqual([(await strict.get("/alive")).status, (await strict.get("/livez")).status], [200, 429]);
		assert.equal((await loose.get("/livez")).status, 200);
	});

	test("under NODE_ENV=test no handler is installed, and uninstall() leaves nothing behind", async (t) => {
		const events = ["SIGTERM", "SIGINT", "uncaughtException", "unhandledRejection", "exit", "beforeExit"];
		const counts = () => events.map((event) => process.listenerCount(event));
		const before = counts();
		const server = await start(t, { routes: [hello()] });
		assert.equal((await server.get("/")).status, 200);
		assert.deepEqual(counts(), before);
		uninstall();
		assert.equal((await server.get("/")).status, 200, "requests are still served");
	});

	test("uninstall() takes back the handlers of production", async (t) => {
		const events = ["SIGTERM", "SIGINT", "uncaughtException", "unhandledRejection"];
		const counts = () => events.map((event) => process.listenerCount(event));
		const before = counts();
		await start(t, { env: { NODE_ENV: "production" } });
		for (const [index, count] of counts().entries()) assert.ok(count > before[index]!, events[index]);
		uninstall();
		assert.deepEqual(counts(), before);
	});

	test("the caller's options stay as they were", async (t) => {
		const options = Object.freeze({
			rateLimit: Object.freeze({ limit: 5 }),
			headers: Object.freeze({
				contentSecurityPolicy: Object.freeze({
					directives: Object.freeze({ defaultSrc: Object.freeze(["'self'"]) as unknown as string[] }),
				}),
			}),
		});
		const server = await start(t, { options: options as never, routes: [hello()] });
		checkOwn(await server.get("/"));
	});

	function checkOwn(reply: Reply): void {
		assert.equal(reply.headers["ratelimit-policy"], '"default";q=5;w=60');
		assert.match(reply.headers["content-security-policy"] as string, /default-src 'self'/);
	}
});

for (const [name, express] of LIBRARIES) {
	test(`a route that stands before it is told of (${name})`, async (t) => {
		fresh(t);
		const log = captureLog();
		const app = express();
		app.get("/early", (_request, response) => void response.send("early"));
		app.use(onExpress.productionReady({ logging: { logger: log.logger } }));
		app.get("/late", (_request, response) => void response.send("late"));
		const server = await listen(t, app, log);
		assert.equal((await server.get("/early")).headers["x-frame-options"], undefined);
		assert.equal((await server.get("/late")).headers["x-frame-options"], "DENY");
		assert.match((await server.line({ code: "MOUNTED_LATE" })).msg, /^1 route stands before/);
	});

	test(`nothing of Express' for apps that are mounted stands between a request and us (${name})`, (t) => {
		fresh(t);
		const app = express();
		app.use(onExpress.productionReady({ logging: { level: "silent" } }));
		// Express 4 throws where one looks for it by the name of Express 5.
		const layers = app as unknown as { _router?: Router; router: Router };
		const { stack } = layers._router ?? layers.router;
		assert.deepEqual(
			stack.map(({ handle }) => handle.name).filter((handler) => handler === "mounted_app"),
			[],
		);
		assert.ok(stack.length > 0);
	});
}
