import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { getDefaultHighWaterMark, Readable } from "node:stream";
import { test } from "node:test";
import { createGzip, gunzipSync } from "node:zlib";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import type { ErrorRequestHandler, Express, NextFunction, Request, RequestHandler, Response } from "express";
import { fastify } from "fastify";
import { express4, express5, fail, forEachServer, fresh, listen, tell } from "./servers.ts";
import { sessionOf, sessionRoutes } from "./session-routes.ts";
import { cookiesOf, createBrowser, createTestStore, type TestStore } from "./session-store.ts";

const SECRET = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";
const OLDER = "mN5bV8cX2zL7kJ4hG1fD9sA6pO3iU0yT";

const only = (store: TestStore) => {
	assert.equal(store.data.size, 1);
	return JSON.parse([...store.data.values()][0]!);
};

forEachServer(({ start, framework }) => {
	const routes = sessionRoutes(framework);
	test("the store is asked once, before the route runs, whether the route touches the session or not", async (t) => {
		const store = createTestStore();
		const asked: string[][] = [];
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				tell("/twice", async (call) => {
					asked.push([...store.calls]);
					await new Promise(setImmediate);
					return [sessionOf(call).views, sessionOf(call).views];
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		for (const [path, answer] of [
			["/none", "none"],
			["/twice", [1, 1]],
		] as const) {
			store.calls.length = 0;
			assert.deepEqual((await visitor.ask(path)).json(), answer);
			assert.deepEqual(store.calls, ["get"], path);
		}
		assert.deepEqual(asked, [["get"]]);
	});

	test("a route that touches nothing is refused too while the store is away, and what is over or corrupt goes", async (t) => {
		const store = createTestStore();
		const session = { secret: SECRET, store, idleTimeoutMs: 60_000 };
		const server = await start(t, { options: { session }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		store.conduct = "fails";
		assert.equal((await visitor.ask("/none")).status, 503);
		store.conduct = "well";
		const [id] = [...store.data.keys()];
		store.data.set(id!, "{");
		assert.equal((await visitor.ask("/none")).status, 200);
		await store.settled();
		assert.equal(store.data.size, 0);
		await server.line({ code: "SESSION_CORRUPT" });
	});

	test("a cookie goes on being renewed by answers whose route touches nothing", async (t) => {
		const store = createTestStore();
		t.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
		const session = { secret: OLDER, store, idleTimeoutMs: 100_000, persistent: true };
		const server = await start(t, { options: { session, rateLimit: false }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		assert.deepEqual(cookiesOf(await visitor.ask("/none")), []);
		t.mock.timers.setTime(Date.now() + 20_000);
		assert.match(
			cookiesOf(await visitor.ask("/none"))[0]!.attributes,
			/Expires=Fri, 15 Jan 2027 08:02:00 GMT/,
		);
		const older = `sid=${visitor.jar.get("sid")}`;
		const rotating = await start(t, {
			options: { session: { secret: [SECRET, OLDER], store }, rateLimit: false },
			routes,
		});
		const [signed] = cookiesOf(await rotating.get("/none", { cookie: older }));
		assert.notEqual(`sid=${signed!.value}`, older);
		assert.deepEqual(cookiesOf(await rotating.get("/none", { cookie: `sid=${signed!.value}` })), []);
	});

	test("a session that was alive when its request came is there for it, however late it is touched", async (t) => {
		const store = createTestStore();
		t.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
		const session = {
			secret: SECRET,
			store,
			idleTimeoutMs: 50_000,
			absoluteTimeoutMs: 60_000,
			persistent: true,
		};
		const server = await start(t, {
			options: { session, rateLimit: false },
			routes: [
				...routes,
				tell("/late", (call) => {
					t.mock.timers.setTime(Date.now() + 70_000);
					return [sessionOf(call).views, sessionOf(call).cookie.originalMaxAge! > 0];
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		assert.deepEqual((await visitor.ask("/late")).json(), [1, true]);
		assert.equal((await visitor.ask("/look")).json().views, null);
	});

	test("it is there to be asked for, replaced and taken away before anybody has touched it", async (t) => {
		const server = await start(t, {
			options: { session: { secret: SECRET } },
			routes: [
				...routes,
				tell("/in", ({ native }) => ["session" in native, Object.hasOwn(native, "session")]),
				tell("/mock", (call) => {
					Object.assign(call.native, { session: { user: "mock" } });
					return [sessionOf(call).user];
				}),
				tell("/defined", (call) => {
					Object.defineProperty(call.native, "session", { configurable: true, value: { user: "own" } });
					return [sessionOf(call).user];
				}),
				tell("/taken", (call) => {
					const native = call.native as { session?: unknown };
					delete native.session;
					return ["session" in native, native.session ?? null];
				}),
			],
		});
		const visitor = createBrowser(server);
		assert.deepEqual((await visitor.ask("/in")).json(), [true, true]);
		assert.deepEqual((await visitor.ask("/defined")).json(), ["own"]);
		assert.deepEqual((await visitor.ask("/taken")).json(), [false, null]);
		if (framework === "fastify") assert.deepEqual((await visitor.ask("/mock")).json(), ["mock"]);
		await visitor.ask("/views");
		assert.deepEqual((await visitor.ask("/taken")).json(), [false, null]);
		assert.equal((await visitor.ask("/views")).json(), 2);
	});

	test("touched first by an error handler it is saved with the answer", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [...routes, fail("/broken", new Error("broken"))],
			afterRoutes: {
				express: (app) =>
					app.use((_error: Error, request: Request, response: Response, _next: NextFunction) => {
						Object.assign(request.session, { views: 7 });
						response.status(500).send("told");
					}),
				fastify: (app) => {
					app.setErrorHandler((_error, request, reply) => {
						Object.assign(request.session, { views: 7 });
						return reply.code(500).send("told");
					});
				},
			},
		});
		const reply = await server.get("/broken");
		assert.deepEqual([reply.status, reply.text, cookiesOf(reply).length], [500, "told", 1]);
		assert.equal(only(store).views, 7);
	});

	test("touched when the answer has ended it can still be read, and nothing comes of it", async (t) => {
		const store = createTestStore();
		let seen: (views: unknown) => void;
		const read = new Promise((resolve) => {
			seen = resolve;
		});
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				{
					path: "/after",
					handle(call) {
						call.response.on("finish", () => {
							const { views } = sessionOf(call);
							sessionOf(call).views = 50;
							seen(views);
						});
						return { body: "done" };
					},
				},
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		assert.deepEqual(cookiesOf(await visitor.ask("/after")), []);
		assert.equal(await read, 1);
		assert.equal((await visitor.ask("/views")).json(), 2);
	});

	test("touched first behind the head, what is written is saved before the end", {
		skip: framework === "fastify" && "Fastify has no place behind the head where a session could be saved",
	}, async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				{
					path: "/late",
					handle(call) {
						call.response.write("first ");
						sessionOf(call).views = 9;
						call.response.end("last");
						return undefined;
					},
				},
			],
		});
		const visitor = createBrowser(server);
		assert.equal((await visitor.ask("/late")).text, "first last");
		assert.equal(store.data.size, 0, "without a cookie nobody could come back to it");
		await visitor.ask("/views");
		const gate = store.hold("set");
		let hasEnded = false;
		const asked = visitor.ask("/late").then((reply) => {
			hasEnded = true;
			return reply;
		});
		await gate.arrived;
		await createBrowser(server).ask("/none");
		assert.equal(hasEnded, false);
		gate.letGo();
		assert.equal((await asked).text, "first last");
		assert.equal(only(store).views, 9);
	});

	test("the source of a stream waits while its session is saved, packed or not", async (t) => {
		const store = createTestStore();
		const size = 10_000;
		let pulled = 0;
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				{
					path: "/stream",
					handle(call) {
						sessionOf(call).views = 1;
						pulled = 0;
						const body = new Readable({
							highWaterMark: 1,
							read() {
								// What can be packed to nothing waits for nobody.
								this.push(pulled++ < 200 ? randomBytes(size) : null);
							},
						});
						return { headers: { "content-type": "text/plain" }, body };
					},
				},
			],
		});
		for (const encoding of ["identity", "gzip"]) {
			const gate = store.hold("set");
			const asked = server.get("/stream", { "accept-encoding": encoding });
			await gate.arrived;
			for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
			// Who packs takes in what his own two buffers hold.
			assert.ok(pulled * size < 4 * getDefaultHighWaterMark(false), `${pulled} chunks were pulled`);
			gate.letGo();
			const { bytes, headers } = await asked;
			const whole = headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
			assert.equal(whole.length, 200 * size);
		}
	});
});

test("a library makes no session for who touches none", async (t) => {
	fresh(t);
	let made = 0;
	const options = { secret: SECRET, genid: () => `id-${++made}-0123456789abcdef` };
	const app = express5();
	app.use(onExpress.session(options));
	const look: RequestHandler = (request, response) => void response.send(request.sessionID);
	app.get("/none", (_request, response) => void response.send("none"));
	app.get("/look", look);
	// The second one only asks whether there is one.
	app.get("/again", onExpress.session(options), (_request, response) => void response.send("again"));
	const other = fastify();
	void other.register(onFastify.session, options);
	other.get("/none", async () => "none");
	other.get("/again", async () => "again");
	other.get("/look", async (request) => request.session.sessionId);
	for (const server of [await listen(t, app), await listen(t, other)]) {
		made = 0;
		await server.get("/none");
		await server.get("/none", { cookie: "connect.sid=s%3Aforged.cookie" });
		assert.equal((await server.get("/again")).text, "again");
		assert.equal(made, 0);
		assert.equal((await server.get("/look")).text, "id-1-0123456789abcdef");
	}
});

/** As programs write it: a second end is none. */
const endingOnce: RequestHandler = (_request, response, next) => {
	const { end } = response as { end: (...args: unknown[]) => unknown };
	let hasEnded = false;
	Object.assign(response, {
		end(...args: unknown[]): unknown {
			if (hasEnded) return response;
			hasEnded = true;
			return end.apply(response, args);
		},
	});
	next();
};

const packing: RequestHandler = (request, response, next) => {
	if (request.headers["accept-encoding"] === "gzip") {
		const { write, end } = response as { write: (chunk: unknown) => unknown; end: () => unknown };
		const gzip = createGzip();
		response.setHeader("content-encoding", "gzip");
		gzip.on("data", (chunk) => write.call(response, chunk));
		gzip.on("end", () => end.call(response));
		Object.assign(response, {
			write: (chunk: string) => gzip.write(chunk),
			end: (chunk?: string) => gzip.end(chunk),
		});
	}
	next();
};

for (const [version, express] of [
	["4", express4],
	["5", express5],
] as const) {
	const options = (store: TestStore) => ({ session: { secret: SECRET, store } });
	const apps: Readonly<Record<string, (app: Express, store: TestStore) => Express>> = {
		everything: (app, store) => app.use(onExpress.productionReady(options(store))),
		"sessions alone": (app, store) => app.use(onExpress.session(options(store).session)),
		"the package compression behind it": (app, store) =>
			app.use(onExpress.productionReady(options(store))).use(onExpress.compression({ threshold: 0 })),
		"a packing of the program's own behind it": (app, store) =>
			app.use(onExpress.productionReady(options(store))).use(packing),
		"what ends only once behind it": (app, store) =>
			app.use(onExpress.productionReady(options(store))).use(endingOnce),
		"an app in the app": (app, store) => {
			const inner = express();
			app.use(onExpress.productionReady(options(store))).use(inner);
			return inner;
		},
	};
	const SEVENS = "7 ".repeat(3000);
	/** A method is looked up, touches the session, and is called. */
	const answers: Readonly<
		Record<string, [answer: (response: Response, seven: () => 7) => unknown, whole: string]>
	> = {
		end: [(response, seven) => response.end(`${seven()}`), "7"],
		packed: [(response, seven) => response.type("text").end(`${seven()} `.repeat(3000)), SEVENS],
		large: [
			(response, seven) => response.type("text").end(Buffer.alloc(3_000_000, `${seven()}`)),
			"7".repeat(3_000_000),
		],
		write: [
			(response, seven) => {
				response.type("text").write(`${seven()} `.repeat(3000));
				response.write("and ");
				response.end("end");
			},
			`${SEVENS}and end`,
		],
		head: [
			(response, seven) => response.writeHead(200 + 0 * seven(), { "x-own": "kept" }).end(SEVENS),
			SEVENS,
		],
		kept: [
			(response, seven) => {
				const { end } = response;
				seven();
				response.writeHead(200, { "content-type": "text/plain", "x-own": "kept" });
				(end as (body: string) => void).call(response, SEVENS);
			},
			SEVENS,
		],
	};

	for (const [name, build] of Object.entries(apps)) {
		test(`touched first by what a method is handed, it is saved with the answer: Express ${version}, ${name}`, async (t) => {
			fresh(t);
			const store = createTestStore();
			const outer = express();
			const app = build(outer, store);
			for (const [path, [answer]] of Object.entries(answers)) {
				app.get(`/${path}`, (request, response) => {
					answer(response, () => {
						sessionOf({ native: request } as never).views = 7;
						return 7;
					});
				});
			}
			app.get("/misfit", (request, response) => {
				const misfit = (): string => {
					Object.assign(sessionOf({ native: request } as never), { views: 7n });
					return SEVENS;
				};
				response.type("text").end(misfit());
			});
			outer.use(((_error, _request, response, _next) => {
				response.status(500).json("no");
			}) as ErrorRequestHandler);
			const server = await listen(t, outer);
			const ask = async (path: string, encoding: string) => {
				const reply = await server.get(`/${path}`, { "accept-encoding": encoding });
				const { bytes, headers } = reply;
				return { ...reply, body: String(headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes) };
			};
			for (const [path, [, whole]] of Object.entries(answers)) {
				for (const encoding of ["identity", "gzip"]) {
					store.data.clear();
					const reply = await ask(path, encoding);
					assert.ok(reply.body === whole, `${path} ${encoding}: ${reply.body.slice(0, 100)}`);
					assert.deepEqual([reply.status, cookiesOf(reply).length], [200, 1], path);
					assert.equal(reply.headers["x-own"], ["head", "kept"].includes(path) ? "kept" : undefined);
					assert.equal(only(store).views, 7);
				}
				store.conduct = { set: "fails" };
				const refused = await ask(path, "gzip");
				assert.deepEqual([refused.status, cookiesOf(refused)], [503, []], path);
				assert.match(refused.body, /^\{"type"/);
				store.conduct = "well";
			}
			const refused = await ask("misfit", "gzip");
			assert.deepEqual([refused.status, cookiesOf(refused)], [500, []]);
			// Where the head was asked for first, nobody knows what is still to come of the lost answer, and the library answers.
			assert.match(refused.body, name.includes("pack") ? /^\{"type"/ : /^"no"$/);
		});
	}

	test(`touched first by who hears that the head leaves, it spoils no answer: Express ${version}`, async (t) => {
		fresh(t);
		for (const place of ["before", "behind"]) {
			const store = createTestStore();
			const app = express();
			const touching: RequestHandler = (request, response, next) => {
				const { writeHead } = response as { writeHead: (...args: unknown[]) => unknown };
				Object.assign(response, {
					writeHead(...args: unknown[]): unknown {
						sessionOf({ native: request } as never).views = 7;
						return writeHead.apply(response, args);
					},
				});
				next();
			};
			const session = onExpress.session(options(store).session);
			if (place === "before") app.use(touching, session);
			else app.use(session, touching);
			app.get("/end", (_request, response) => void response.end("whole"));
			app.get("/write", (_request, response) => {
				response.write("who");
				response.end("le");
			});
			app.get("/head", (_request, response) => void response.writeHead(200).end("whole"));
			const server = await listen(t, app);
			for (const path of ["/end", "/write", "/head"]) {
				const reply = await server.get(path);
				assert.deepEqual([reply.status, reply.text], [200, "whole"], `${place} ${path}`);
			}
		}
	});
}
