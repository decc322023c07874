/** What else happens to a session while a request has it: its time is extended, somebody ends it, a save is under way. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import * as onExpress from "@production-ready/express";
import type { RequestHandler } from "express";
import { express5, forEachServer, fresh, listen, tell } from "./servers.ts";
import { called, sessionOf, sessionRoutes, type TestSession } from "./session-routes.ts";
import { cookiesOf, createBrowser, createTestStore, type TestStore } from "./session-store.ts";

const SECRET = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";
const NOW = 1_800_000_000_000;
const expressSession = createRequire(import.meta.resolve("@production-ready/express"))("express-session");

const only = (store: TestStore) => {
	assert.equal(store.data.size, 1);
	return JSON.parse([...store.data.values()][0]!);
};

/** Has it read a session and write it back some turns later, as many stores do. Gives what resolves when all is written. */
function slowTouch(store: TestStore): () => Promise<unknown> {
	const written: Promise<void>[] = [];
	store.touch = (id, session, callback) => {
		store.calls.push("touch");
		const text = store.data.get(id)!;
		const writeBack = async (): Promise<void> => {
			for (let turns = 0; turns < 50; turns++) await turn();
			const { cookie } = session as { cookie: object };
			store.data.set(id, JSON.stringify({ ...JSON.parse(text), cookie }));
			callback?.(null);
		};
		written.push(writeBack());
	};
	return () => Promise.all(written);
}

forEachServer(({ start, framework }) => {
	const routes = sessionRoutes(framework);

	test("what a request writes is not overtaken by the extension that it has begun itself", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const store = createTestStore();
		const touched = slowTouch(store);
		const session = { secret: SECRET, store, idleTimeoutMs: 100_000 };
		const server = await start(t, { options: { session, rateLimit: false }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		t.mock.timers.setTime(NOW + 20_000);
		store.calls.length = 0;
		await visitor.ask("/views");
		await touched();
		assert.deepEqual(store.calls, ["get", "touch", "get", "set"]);
		assert.equal(only(store).views, 2);
		t.mock.timers.setTime(NOW + 40_000);
		await visitor.ask("/logout");
		await touched();
		assert.equal(store.data.size, 0);
	});

	test("an answer waits for a save that the program has begun, and is no success where that fails", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				tell("/hasty", (call) => {
					sessionOf(call).views = 1;
					sessionOf(call).save(() => {});
					return "saved, it says";
				}),
			],
		});
		const gate = store.hold("set");
		let isAnswered = false;
		const asked = server.get("/hasty").finally(() => {
			isAnswered = true;
		});
		await gate.arrived;
		for (let turns = 0; turns < 20; turns++) await turn();
		assert.equal(isAnswered, false);
		gate.letGo();
		assert.equal((await asked).status, 200);
		store.conduct = { set: "fails" };
		const reply = await server.get("/hasty");
		assert.deepEqual([reply.status, cookiesOf(reply)], [503, []]);
	});

	test("a save that the program has begun behind the head cuts the answer where it fails", {
		skip: framework === "fastify" && "Fastify has no place behind the head where a session could be saved",
	}, async (t) => {
		const store = createTestStore();
		const piecewise: RequestHandler = (request, response) => {
			const session = request.session as unknown as TestSession;
			response.write("first, ");
			session.views = 2;
			session.save(() => {});
			response.end("last");
		};
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes,
			beforeRoutes: { express: (app) => void app.get("/piecewise", piecewise) },
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		assert.equal((await visitor.ask("/piecewise")).text, "first, last");
		assert.equal(only(store).views, 2);
		store.conduct = { set: "fails" };
		await assert.rejects(visitor.ask("/piecewise"));
	});

	test("an answer renews no cookie of a session that was ended meanwhile", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const store = createTestStore();
		const waiting: (() => void)[] = [];
		const server = await start(t, {
			options: {
				session: { secret: SECRET, store, idleTimeoutMs: 100_000, persistent: true },
				rateLimit: false,
			},
			routes: [
				...routes,
				tell("/slow", async () => {
					await new Promise<void>((resolve) => waiting.push(resolve));
					return "slow";
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		t.mock.timers.setTime(NOW + 20_000);
		const slow = visitor.ask("/slow");
		while (waiting.length === 0) await turn();
		await visitor.ask("/login");
		waiting[0]!();
		assert.deepEqual(cookiesOf(await slow), []);
		assert.equal((await visitor.ask("/look")).json().user, "ada");
	});

	test("a 304 brings no cookie, and leaves it to the next answer", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const store = createTestStore();
		const session = { secret: SECRET, store, idleTimeoutMs: 100_000, persistent: true };
		const server = await start(t, {
			options: { session, rateLimit: false },
			routes: [...routes, { path: "/unchanged", handle: () => ({ status: 304 }) }],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		t.mock.timers.setTime(NOW + 20_000);
		const unchanged = await visitor.ask("/unchanged");
		assert.deepEqual([unchanged.status, cookiesOf(unchanged)], [304, []]);
		assert.equal(cookiesOf(await visitor.ask("/none")).length, 1);
	});

	test("who logs in shortly before the end of the old session has the whole time", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const store = createTestStore();
		const session = {
			secret: SECRET,
			store,
			idleTimeoutMs: 100_000,
			absoluteTimeoutMs: 150_000,
			persistent: true,
		};
		const server = await start(t, { options: { session, rateLimit: false }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		t.mock.timers.setTime(NOW + 90_000);
		await visitor.ask("/views");
		t.mock.timers.setTime(NOW + 140_000);
		await visitor.ask("/login");
		assert.equal(only(store).cookie.originalMaxAge, 100_000);
		t.mock.timers.setTime(NOW + 230_000);
		assert.equal((await visitor.ask("/look")).json().user, "ada");
	});

	test("nobody is told that he is logged out while the session that his cookie names could not be read", async (t) => {
		const store = createTestStore();
		const session = { secret: SECRET, store, onOutage: "anonymous" } as const;
		const server = await start(t, { options: { session }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/login");
		store.conduct = { get: "fails" };
		const reply = await visitor.ask("/logout");
		assert.deepEqual([reply.status, cookiesOf(reply)], [503, []]);
		store.conduct = "well";
		assert.equal((await visitor.ask("/look")).json().user, "ada");
	});

	test("a session that somebody ends stays dead, also where it is loaded again and written to", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				tell("/again", async (call) => {
					const read = sessionOf(call).views;
					store.data.clear();
					// One of the two libraries says that there is nothing, the other one makes an empty session of it.
					await called((done) => sessionOf(call).reload(done)).catch(() => {});
					sessionOf(call).views = 7;
					return read;
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		const reply = await visitor.ask("/again");
		assert.deepEqual([reply.json(), cookiesOf(reply), store.data.size], [1, [], 0]);
		await visitor.ask("/login");
		assert.equal((await visitor.ask("/look")).json().user, "ada");
	});

	test("a session that another library has begun is over 12 hours after it was first saved here", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const store = createTestStore();
		const session = { secret: SECRET, store, idleTimeoutMs: 100_000, absoluteTimeoutMs: 250_000 };
		const server = await start(t, { options: { session, rateLimit: false }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		const [id] = store.data.keys();
		const { __createdAt, ...theirs } = only(store);
		assert.equal(__createdAt, NOW);
		store.data.set(id!, JSON.stringify(theirs));
		// Who only reads it writes nothing of it: somebody else may write at the same time.
		for (const [laterMs, path, views] of [
			[90_000, "/look", 1],
			[180_000, "/look", 1],
			[270_000, "/views", 2],
			[360_000, "/look", 2],
			[450_000, "/look", 2],
			[519_000, "/look", 2],
			[520_000, "/look", null],
		] as const) {
			t.mock.timers.setTime(NOW + laterMs);
			store.calls.length = 0;
			const seen = (await visitor.ask(path)).json();
			assert.deepEqual(
				[path === "/look" ? seen.views : seen, store.calls.includes("set")],
				[views, path === "/views"],
			);
			await store.settled();
		}
	});

	test("a save that nobody waits for revives nothing that is ended behind it", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				tell("/hasty-end", async (call) => {
					sessionOf(call).views = 5;
					sessionOf(call).save(() => {});
					await called((done) => sessionOf(call).destroy(done));
					return "ended";
				}),
				tell("/hasty-login", async (call) => {
					sessionOf(call).views = 5;
					sessionOf(call).save(() => {});
					await called((done) => sessionOf(call).regenerate(done));
					sessionOf(call).user = "ada";
					return "in";
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		await visitor.ask("/hasty-end");
		await store.settled();
		assert.equal(store.data.size, 0);
		await visitor.ask("/views");
		await visitor.ask("/hasty-login");
		await store.settled();
		assert.equal(only(store).user, "ada");
	});

	test("what is written is what the session was when its save began, also where that has to wait", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const store = createTestStore();
		const touched = slowTouch(store);
		const seen: unknown[] = [];
		const server = await start(t, {
			options: { session: { secret: SECRET, store, idleTimeoutMs: 100_000 }, rateLimit: false },
			routes: [
				...routes,
				tell("/steps", async (call) => {
					const session = sessionOf(call);
					session.step = { of: 1 };
					const saved = called((done) => session.save(done));
					session.step.of = 2;
					await saved;
					seen.push(only(store).step.of);
					return "stepped";
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		t.mock.timers.setTime(NOW + 20_000);
		await visitor.ask("/steps");
		await touched();
		// @fastify/session takes what the session is when a save has ended for what was saved.
		assert.deepEqual([seen, only(store).step.of], [[1], framework === "express" ? 2 : 1]);
	});

	test("an answer waits for the saves that were under way when it came, and for no later ones", async (t) => {
		const store = createTestStore();
		let isOver = false;
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				tell("/on-and-on", (call) => {
					const session = sessionOf(call);
					const step = (): void => {
						session.views = (session.views ?? 0) + 1;
						if (!isOver) session.save(step);
					};
					step();
					return "begun";
				}),
			],
		});
		assert.equal((await server.get("/on-and-on")).status, 200);
		isOver = true;
	});

	test("a save that throws holds no answer", async (t) => {
		const server = await start(t, {
			options: { session: { secret: SECRET } },
			routes: [
				tell("/throws", async (call) => {
					const session = sessionOf(call);
					session.bad = { toJSON: () => ({ n: 1n }) };
					await called((done) => session.save(done)).catch(() => {});
					session.bad = undefined;
					return "went on";
				}),
			],
		});
		const reply = await server.get("/throws");
		assert.equal(reply.status, 200);
	});

	test("a cookie that cannot be written is an error of the request's, and the server lives on", async (t) => {
		const server = await start(t, {
			options: { session: { secret: SECRET } },
			routes: [
				...routes,
				tell("/misfit", (call) => {
					const session = sessionOf(call);
					session.views = 1;
					(session.cookie as { domain?: string }).domain = "a b;c";
					return "said";
				}),
			],
		});
		const reply = await server.get("/misfit");
		// Express hears of it behind an answer that is on its way.
		assert.equal(reply.status, framework === "express" ? 200 : 500);
		assert.deepEqual(cookiesOf(reply), []);
		assert.equal((await server.get("/views")).json(), 1);
	});
});

test("a copy under another id is written, and says nothing of the session itself", async (t) => {
	fresh(t);
	const store = createTestStore();
	const app = express5();
	app.use(onExpress.session({ secret: SECRET, store }));
	app.get("/copy", async (request, response) => {
		const session = request.session as unknown as TestSession;
		session.views = (session.views ?? 0) + 1;
		await called((done) => request.sessionStore.set("copy", request.session, done));
		response.json(session.views);
	});
	const server = await listen(t, app);
	const visitor = createBrowser(server);
	for (const views of [1, 2]) {
		const reply = await visitor.ask("/copy");
		assert.equal(reply.json(), views);
		assert.deepEqual(
			[...store.data.values()].map((text) => JSON.parse(text).views),
			[views, views],
		);
	}
});

test("what a program throws where its store calls back is an error of the request's", async (t) => {
	fresh(t);
	const app = express5();
	const store = Object.assign(new expressSession.Store(), {
		get: (_id: string, done: (error: null) => void) => done(null),
		set: (_id: string, _session: object, done: (error: null) => void) => done(null),
		destroy: (_id: string, done: (error: null) => void) => done(null),
	});
	app.use(onExpress.session({ secret: SECRET, store }));
	app.get("/throws", (request) => {
		request.session.save(() => {
			throw new Error("the program's");
		});
	});
	const server = await listen(t, app);
	assert.equal((await server.get("/throws")).status, 500);
});

test("a request without a response, as Socket.IO has for a WebSocket, has its session", async (t) => {
	fresh(t);
	const store = createTestStore();
	const sessions = onExpress.session({ secret: SECRET, store });
	const app = express5();
	app.use(sessions);
	app.get("/views", (request, response) => {
		(request.session as unknown as TestSession).views = 1;
		response.send("1");
	});
	const http = createServer(app);
	const server = await listen(t, http);
	const visitor = createBrowser(server);
	await visitor.ask("/views");
	const cookie = [...visitor.jar].map(([name, value]) => `${name}=${value}`).join("; ");
	const stub = { setHeader() {}, getHeader() {}, removeHeader() {}, write() {}, writeHead() {}, end() {} };
	for (const [response, conduct, expected] of [
		[stub, "well", 1],
		[{}, "well", 1],
		[stub, "fails", 503],
	] as const) {
		store.conduct = conduct;
		const seen = new Promise((resolve) => {
			http.once("upgrade", (request, socket) => {
				sessions(request as never, response as never, (error?: unknown) => {
					socket.end();
					const { session } = request as unknown as { session?: TestSession };
					resolve(error === undefined ? session?.views : (error as { statusCode: number }).statusCode);
				});
			});
		});
		await server.raw(
			`GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nCookie: ${cookie}\r\n\r\n`,
		);
		assert.equal(await seen, expected);
	}
});
