import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { RequestHandler } from "express";
import { forEachServer, tell } from "./servers.ts";
import { called, loginOf, sessionOf, sessionRoutes } from "./session-routes.ts";
import { cookiesOf, createBrowser, createTestStore } from "./session-store.ts";

const SECRET = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";
const ofFastify = createRequire(import.meta.resolve("@production-ready/fastify"));
const expressSession = createRequire(import.meta.resolve("@production-ready/express"))("express-session");

forEachServer(({ start, framework, gaps }) => {
	const routes = sessionRoutes(framework);

	test("a stream is held back until its session is saved, and comes whole and in order", async (t) => {
		const store = createTestStore();
		const chunks = Array.from({ length: 200 }, (_, index) => `${index}:${"x".repeat(4_000)};`);
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				{
					path: "/stream",
					handle(call) {
						sessionOf(call).views = 1;
						return { headers: { "content-type": "text/plain" }, body: Readable.from(chunks) };
					},
				},
			],
		});
		for (const headers of [{}, { "accept-encoding": "gzip" }]) {
			const gate = store.hold("set");
			const asked = server.get("/stream", headers);
			await gate.arrived;
			gate.letGo();
			const reply = await asked;
			assert.equal(cookiesOf(reply).length, 1);
			const bytes = reply.headers["content-encoding"] === "gzip" ? gunzipSync(reply.bytes) : reply.bytes;
			assert.equal(bytes.toString(), chunks.join(""));
		}
	});

	test("a stream whose session could not be saved is a 503, and its source is let go", async (t) => {
		const store = createTestStore();
		const source = new PassThrough();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				{
					path: "/stream",
					handle(call) {
						sessionOf(call).views = 1;
						source.write("first");
						return { headers: { "content-type": "text/plain" }, body: source };
					},
				},
			],
		});
		store.conduct = { set: "fails" };
		const reply = await server.get("/stream", { "accept-encoding": "gzip" });
		assert.equal(reply.status, 503);
		assert.equal(reply.json().status, 503);
		assert.equal(reply.headers["content-encoding"], undefined);
		const closed = source.destroyed || once(source, "close");
		source.end("last");
		source.resume();
		await closed;
	});

	test("a save by the program that failed is no success either, whatever the program says", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				tell("/deaf", async (call) => {
					sessionOf(call).views = 1;
					await called((done) => sessionOf(call).save(() => done()));
					return "all is well";
				}),
				tell("/stubborn", async (call) => {
					sessionOf(call).views = 2;
					await called((done) => sessionOf(call).save(() => done()));
					store.conduct = "well";
					await called((done) => sessionOf(call).save(done));
					return "saved at last";
				}),
			],
		});
		store.conduct = { set: "fails" };
		const reply = await server.get("/deaf");
		assert.deepEqual([reply.status, cookiesOf(reply)], [503, []]);
		const saved = await server.get("/stubborn");
		assert.deepEqual([saved.status, cookiesOf(saved).length, store.data.size], [200, 1, 1]);
	});

	test("what changes while the first byte waits is saved before the last one", {
		skip: framework === "fastify" && "Fastify has no place behind the head where a session could be saved",
	}, async (t) => {
		const store = createTestStore();
		const piecewise: RequestHandler = async (request, response) => {
			const session = request.session as unknown as { n: number };
			const gate = store.hold("set");
			session.n = 1;
			response.write("first, ");
			await gate.arrived;
			session.n = 2;
			response.end("last");
			gate.letGo();
		};
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			beforeRoutes: { express: (app) => void app.get("/piecewise", piecewise) },
		});
		const reply = await server.get("/piecewise");
		assert.deepEqual([reply.text, cookiesOf(reply).length], ["first, last", 1]);
		assert.deepEqual(
			[...store.data.values()].map((text) => JSON.parse(text).n),
			[2],
		);
	});

	test("who logs in gets the cookie of the new session, though the old one was found to be gone", async (t) => {
		const store = createTestStore();
		const { logIn } = loginOf(framework);
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				tell("/in-spite", async (call) => {
					sessionOf(call).views = 2;
					// As another request would, that logs the same user out.
					store.data.clear();
					await called((done) => sessionOf(call).save(done));
					await logIn(call, { user: "ada" });
					return "in";
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		assert.equal(cookiesOf(await visitor.ask("/in-spite")).length, 1);
		assert.equal((await visitor.ask("/look")).json().user, "ada");
	});

	test("an answer that is whole stays as it was given, whatever comes while its session is saved", {
		skip: framework === "fastify" && "Fastify holds no answer: it saves before it writes",
	}, async (t) => {
		const store = createTestStore();
		const behind: Readonly<Record<string, RequestHandler>> = {
			"/error": (_request, _response, next) => next(new Error("behind the answer")),
			"/status": (_request, response) => {
				response.statusCode = 500;
				response.statusMessage = "Too Late";
			},
		};
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			beforeRoutes: {
				express(app) {
					for (const [path, then] of Object.entries(behind)) {
						app.get(path, (request, response, next) => {
							(request as unknown as { session: { views: number } }).session.views = 1;
							response.status(201).send("whole");
							then(request, response, next);
						});
					}
				},
			},
		});
		for (const path of Object.keys(behind)) {
			const reply = await server.get(path);
			assert.deepEqual([reply.status, reply.statusMessage, reply.text], [201, "Created", "whole"], path);
			assert.equal(cookiesOf(reply).length, 1);
		}
		assert.equal((await server.line({ msg: "an error behind the answer" })).err.message, "behind the answer");
	});

	test("what is written behind the head and cannot be saved cuts the answer", {
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
						call.response.write("first");
						sessionOf(call).views = 9;
						store.conduct = { set: "fails" };
						call.response.end("last");
						return undefined;
					},
				},
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		await assert.rejects(visitor.ask("/late"), /aborted|hang up|terminated/);
	});

	test("a head that Node refuses once the session is saved is a 500, and the server lives on", {
		skip:
			framework === "fastify" &&
			"Fastify's session is saved before the head is written, which throws in the route",
	}, async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				{
					path: "/redirect",
					handle(call) {
						sessionOf(call).views = 1;
						// As a program may do that puts into a header what came with the request.
						call.response.writeHead(302, { location: "/back\r\nset-cookie: stolen=1" });
						call.response.end();
						return undefined;
					},
				},
			],
		});
		const gate = store.hold("set");
		const asked = server.get("/redirect");
		await gate.arrived;
		gate.letGo();
		const reply = await asked;
		assert.equal(reply.status, 500);
		assert.equal(reply.headers.location, undefined);
		assert.match(String(reply.headers["content-type"]), /problem\+json/);
		assert.equal((await server.get("/views")).status, 200);
	});

	test("nothing waits for a session that nobody has touched", async (t) => {
		const store = createTestStore();
		const server = await start(t, { options: { session: { secret: SECRET, store } }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		store.calls.length = 0;
		assert.equal((await visitor.ask("/look")).json().views, 1);
		assert.deepEqual(store.calls, ["get"]);
		store.calls.length = 0;
		await server.get("/look");
		assert.deepEqual(store.calls, []);
	});

	test("of two requests that write to one session at once the last one wins, whole", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				tell("/set/:key", (call) => {
					sessionOf(call)[(call.native as unknown as { params: { key: string } }).params.key] = true;
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		const gate = store.hold("get", 2);
		const both = [visitor.ask("/set/a"), visitor.ask("/set/b")];
		await gate.arrived;
		gate.letGo();
		for (const { status } of await Promise.all(both)) assert.ok(status < 300);
		const { keys } = (await visitor.ask("/look")).json();
		assert.equal(keys.filter((key: string) => key === "a" || key === "b").length, 1);
	});

	test("sessions of a program are left in charge, wherever they are mounted", async (t) => {
		const own = createTestStore();
		const store = Object.assign(new expressSession.Store(), own);
		const named = { name: "own.sid", secret: SECRET, store, resave: false, saveUninitialized: false };
		const middleware = (): RequestHandler => expressSession(named as never);
		const mountFastify = (app: { register: (plugin: never, options?: object) => unknown }): void => {
			app.register(ofFastify("@fastify/cookie") as never);
			app.register(ofFastify("@fastify/session") as never, {
				cookieName: "own.sid",
				secret: SECRET,
				store: own,
				cookie: { secure: false },
				saveUninitialized: false,
			});
		};
		for (const place of ["before", "beforeRoutes"] as const) {
			if (place === "before" && gaps.before !== undefined) continue;
			const server = await start(t, {
				options: { session: { secret: SECRET } },
				[place]: {
					express: (app: { use(handler: RequestHandler): void }) => app.use(middleware()),
					fastify: (app: never) => mountFastify(app),
				},
				routes,
			});
			const visitor = createBrowser(server);
			await visitor.ask("/views");
			assert.equal((await visitor.ask("/views")).json(), 2);
			assert.deepEqual([...visitor.jar.keys()], ["own.sid"], place);
			await server.line({ code: "PART_STANDS_DOWN" });
		}
	});
});
