import assert from "node:assert/strict";
import { type ServerResponse, STATUS_CODES } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import { errorHandler as onExpress } from "@production-ready/express";
import { errorHandler as onFastify } from "@production-ready/fastify";
import type { Express, NextFunction, Request, Response } from "express";
import { FACTORIES, fail, forEachServer, hello, type Reply, type Route, stable, tell } from "./servers.ts";

const PROBLEM = "application/problem+json; charset=utf-8";
const ID = { "x-request-id": "failed-1" };

/** The problem that a client is told of: exactly this, and nothing of the error but `detail`. */
function check(reply: Reply, status: number, detail?: string): void {
	assert.equal(
		reply.text,
		JSON.stringify({
			type: "about:blank",
			title: STATUS_CODES[status],
			status,
			...(detail === undefined ? undefined : { detail }),
			requestId: "failed-1",
		}),
	);
	assert.equal(reply.status, status);
	assert.equal(reply.headers["content-type"], PROBLEM);
	assert.equal(reply.headers["cache-control"], "no-store");
	assert.equal(reply.headers["content-length"], String(reply.bytes.length));
}

function httpError(status: number, message: string, more: object = {}): Error {
	return Object.assign(new Error(message), { status, statusCode: status, expose: status < 500, ...more });
}

class Hostile {
	get statusCode(): number {
		throw new Error("no status");
	}
	get message(): string {
		throw new Error("no message");
	}
	get stack(): string {
		throw new Error("no stack");
	}
	get headers(): object {
		throw new Error("no headers");
	}
}

/** What is thrown, and what a client is told. */
const THROWN: Readonly<Record<string, readonly [error: unknown, status: number, detail?: string]>> = {
	"an error": [new Error("password is hunter2"), 500],
	"a TypeError": [new TypeError("x is not a function"), 500],
	"an error of the client's": [httpError(404, "no such order"), 404, "no such order"],
	"a status in `status` alone": [Object.assign(new Error("moved on"), { status: 410 }), 410, "moved on"],
	"an error of ours with a status": [httpError(503, "db is down"), 503],
	"an error of ours that may be shown": [httpError(503, "back at ten", { expose: true }), 503, "back at ten"],
	"a status that is none": [httpError(200, "fine", { expose: false }), 500],
	"a status out of range": [httpError(999, "strange"), 500],
	"a very long message": [httpError(400, "m".repeat(5_000)), 400, "m".repeat(1_000)],
	"a message that is the title": [httpError(404, "Not Found"), 404],
	"a string": ["just text", 500],
	"a number": [42, 500],
	"an object": [{ statusCode: 422, message: "bad field" }, 422, "bad field"],
	"an object that throws when it is looked at": [new Hostile(), 500],
	"a frozen error": [Object.freeze(new Error("frozen")), 500],
	"an object without a prototype": [
		Object.assign(Object.create(null), { status: 409, message: "twice" }),
		409,
		"twice",
	],
};

forEachServer(({ start, framework }) => {
	for (const [what, [error, status, detail]] of Object.entries(THROWN)) {
		for (const way of ["thrown", "rejected"] as const) {
			test(`${what}, ${way}, is told as ${status}`, async (t) => {
				const route =
					way === "thrown" ? fail("/", error) : { path: "/", handle: () => Promise.reject(error) };
				const server = await start(t, { routes: [route, hello("/next")] });
				check(await server.get("/", ID), status, detail);
				const line = await server.line({ requestId: "failed-1", msg: "request completed" });
				assert.deepEqual([line.status, line.level], [status, status >= 500 ? 50 : 40]);
				assert.equal((await server.get("/next")).status, 200);
			});
		}
	}

	const OTHER_WORDS: Readonly<Record<string, (response: ServerResponse) => void>> = {
		"that were meant for another answer": (response) => {
			response.statusMessage = "All Is Well";
		},
		"that cannot be sent": (response) => {
			response.statusMessage = "of\ntwo lines";
		},
		"of an answer whose headers cannot be sent": (response) => {
			response.writeHead(200, { "x-name": "of\ntwo lines" });
		},
	};
	for (const [which, say] of Object.entries(OTHER_WORDS)) {
		test(`words behind the status ${which} do not stand on ours`, async (t) => {
			const failing: Route = {
				path: "/",
				handle({ response }) {
					say(response);
					throw new Error("behind those words");
				},
			};
			const server = await start(t, { routes: [failing] });
			const reply = await server.get("/", ID);
			check(reply, 500);
			assert.equal(reply.statusMessage, "Internal Server Error");
		});
	}

	test("nothing at all that is rejected does not hang or end the server", async (t) => {
		const rejects = (error: unknown): Route => ({ path: `/${error}`, handle: () => Promise.reject(error) });
		const server = await start(t, { routes: [rejects(null), rejects(false), hello()] });
		if (framework === "fastify") {
			for (const path of ["/null", "/false"]) {
				const reply = await server.get(path, ID);
				assert.equal(reply.headers["content-type"], PROBLEM, path);
				check(reply, 500);
			}
		} else {
			// Express reads `next(null)` as "go on": a 404 of its own.
			assert.equal((await server.get("/null", ID)).status, 404);
		}
		assert.equal((await server.get("/")).status, 200);
	});

	test("the log has what the client is not told", async (t) => {
		const server = await start(t, { routes: [fail("/", new Error("the database said no"))] });
		check(await server.get("/", ID), 500);
		const line = await server.line({ requestId: "failed-1", msg: "request completed" });
		assert.equal(line.err.message, "the database said no");
		assert.match(line.err.stack, /errors\.test\.ts/);
	});

	test("headers that an error carries come along, and bad ones do not", async (t) => {
		const headers = {
			"Retry-After": 30,
			"WWW-Authenticate": 'Bearer realm="x"',
			"x-bad": "a\r\nset-cookie: b=c",
			"bad name": "x",
			"content-length": "1",
			"content-type": "text/html",
			"transfer-encoding": "chunked",
			connection: "upgrade",
			trailer: "x",
			"set-cookie": ["a=1; Max-Age=0", "b=2"],
		};
		const server = await start(t, { routes: [fail("/", httpError(401, "who are you?", { headers }))] });
		const reply = await server.get("/", ID);
		check(reply, 401, "who are you?");
		assert.equal(reply.headers["retry-after"], "30");
		assert.equal(reply.headers["www-authenticate"], 'Bearer realm="x"');
		assert.deepEqual([reply.headers["x-bad"], reply.headers.trailer], [undefined, undefined]);
		assert.deepEqual(reply.headers["set-cookie"], ["a=1; Max-Age=0", "b=2"]);
	});

	test("a range beyond the end of a file is refused with the length that there is", async (t) => {
		const headers = { "Content-Range": "bytes */9" };
		const route: Route = {
			path: "/",
			handle: ({ set }) => {
				set("content-range", "bytes 0-3/9");
				throw httpError(416, "Range Not Satisfiable", { headers });
			},
		};
		const server = await start(t, { routes: [route] });
		const reply = await server.get("/", ID);
		check(reply, 416);
		assert.equal(reply.headers["content-range"], "bytes */9");
	});

	test("a head that nobody can write any more ends the connection, and not the server", async (t) => {
		const route: Route = {
			path: "/",
			handle: ({ response }) => {
				response.writeHead = () => {
					throw new Error("a hook on the head");
				};
				throw new Error("the first");
			},
		};
		const server = await start(t, { routes: [route, hello("/next")] });
		await assert.rejects(server.get("/", ID), { code: "ECONNRESET" });
		const said = await server.line({ requestId: "failed-1", msg: "an error could not be answered" });
		assert.equal(said.err.message, "a hook on the head");
		assert.equal((await server.get("/next")).status, 200);
	});

	test("a status that was set before the error counts, and headers of the answer that failed do not lie", async (t) => {
		const server = await start(t, {
			routes: [
				{
					path: "/",
					handle: ({ set, status }) => {
						status(409);
						set("content-type", "text/html");
						set("content-encoding", "gzip");
						set("content-disposition", 'attachment; filename="x.pdf"');
						set("etag", '"of the page"');
						set("x-mine", "stays");
						throw new Error("conflict of ours");
					},
				},
			],
		});
		const reply = await server.get("/", ID);
		// The error does not say itself that it is the client's, so nobody is told what it says.
		check(reply, 409);
		assert.equal(reply.headers["x-mine"], "stays");
		for (const name of ["content-encoding", "content-disposition", "etag"]) {
			assert.equal(reply.headers[name], undefined, name);
		}
	});

	test("a body that cannot be read is the client's fault", async (t) => {
		const server = await start(t, { routes: [tell("/", () => "read", { method: "POST", body: "json" })] });
		const post = (body: string, type = "application/json") =>
			server.ask("/", { method: "POST", headers: { ...ID, "content-type": type }, body });
		for (const body of ["{ not json", '{"a":', "nope"]) {
			const reply = await post(body);
			assert.deepEqual([reply.status, reply.headers["content-type"]], [400, PROBLEM]);
			assert.deepEqual(Object.keys(reply.json()), ["type", "title", "status", "detail", "requestId"]);
			assert.doesNotMatch(reply.text, /node_modules|\.js:\d/);
		}
		const large = await post(JSON.stringify("x".repeat(2 ** 21)));
		assert.deepEqual([large.status, large.headers["content-type"]], [413, PROBLEM]);
		assert.equal((await post('{"a":1}')).json(), "read");
	});

	for (const NODE_ENV of [undefined, "staging", "production", "development", "test"]) {
		test(`with NODE_ENV=${NODE_ENV} no answer has a stack`, async (t) => {
			const error = new Error("inner workings");
			const server = await start(t, { routes: [fail("/", error), hello("/x")], env: { NODE_ENV } });
			check(await server.get("/", ID), 500);
			for (const path of ["/nowhere", "/%E0%A4%A", "/?a[b]=c"]) {
				assert.doesNotMatch(
					(await server.get(path)).text,
					/node_modules|file:\/\/|\.js:\d|inner workings/,
					path,
				);
			}
		});
	}

	test("an error after half of the answer cuts the connection, so that nobody takes it for a whole one", async (t) => {
		const server = await start(t, {
			routes: [
				{
					path: "/",
					handle: () => ({
						headers: { "content-type": "application/octet-stream" },
						body: new Readable({
							read() {
								this.push("half");
								setImmediate(() => this.destroy(new Error("the disk is gone")));
							},
						}).on("error", () => {}),
					}),
				},
				{
					path: "/raw",
					handle: ({ response }) => {
						response.writeHead(200, { "content-type": "text/plain" });
						response.write("half");
						throw new Error("after the head");
					},
				},
				hello("/next"),
			],
		});
		if (framework === "fastify") await assert.rejects(server.get("/"), { code: "ECONNRESET" });
		await assert.rejects(server.get("/raw", ID), { code: "ECONNRESET" });
		const line = await server.line({ requestId: "failed-1", msg: "request aborted" });
		assert.equal(line.isAborted, true);
		assert.equal((await server.get("/next")).status, 200);
	});

	test("an error after the whole answer changes nothing for the client", async (t) => {
		const server = await start(t, {
			routes: [
				{
					path: "/",
					handle: ({ response }) => {
						response.writeHead(200, { "content-type": "text/plain", "content-length": 5 });
						response.end("whole");
						throw new Error("afterwards");
					},
				},
				hello("/next"),
			],
		});
		const reply = await server.get("/");
		assert.deepEqual([reply.status, reply.text], [200, "whole"]);
		assert.equal((await server.get("/next")).status, 200);
	});

	test("an error handler of the program's answers in its own words", async (t) => {
		const server = await start(t, {
			routes: [fail("/", httpError(418, "short and stout"))],
			afterRoutes: {
				express: (app) =>
					app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
						response.status(499).json({ mine: error.message });
					}),
				fastify: (app) =>
					app.setErrorHandler((error: Error, _request, reply) => {
						reply.code(499).send({ mine: error.message });
					}),
			},
		});
		const reply = await server.get("/", ID);
		assert.deepEqual([reply.status, reply.json()], [499, { mine: "short and stout" }]);
		assert.match(reply.headers["content-type"]!, /^application\/json\b/);
	});

	test("an error handler of the program's that hands on gets ours behind it", async (t) => {
		const server = await start(t, {
			routes: [fail("/", httpError(404, "not here"))],
			afterRoutes: {
				express: (app) =>
					app.use((error: Error, _request: Request, _response: Response, next: NextFunction) => next(error)),
				fastify: (app) =>
					app.setErrorHandler((error) => {
						throw error;
					}),
			},
		});
		check(await server.get("/", ID), 404, "not here");
	});

	test("errorHandler() can be placed by hand, and answers once", async (t) => {
		const heard: unknown[] = [];
		const server = await start(t, {
			options: { errors: { onError: (error) => heard.push(error) } },
			routes: [fail("/", httpError(500, "by hand"))],
			afterRoutes: {
				express: (app) => app.use(onExpress()),
				fastify: (app) => app.setErrorHandler(onFastify()),
			},
		});
		check(await server.get("/", ID), 500);
		assert.equal(heard.length, 1);
	});

	test("what the program answers with an error's status itself is left alone", async (t) => {
		const server = await start(t, {
			routes: [
				{
					path: "/",
					handle: () => ({ status: 500, headers: { "content-type": "text/plain" }, body: "my own" }),
				},
			],
		});
		const reply = await server.get("/");
		assert.deepEqual([reply.status, reply.text], [500, "my own"]);
	});

	test("what is not found is answered by the framework, or by the program", async (t) => {
		const server = await start(t, {
			afterRoutes: {
				express: (app) => app.use((_request, response) => void response.status(404).send("mine")),
				fastify: (app) => app.setNotFoundHandler((_request, reply) => reply.code(404).send("mine")),
			},
		});
		const reply = await server.get("/nowhere");
		assert.deepEqual([reply.status, reply.text], [404, "mine"]);
	});

	test("onError hears of our errors with their request, and of the client's not", async (t) => {
		const heard: unknown[][] = [];
		const broken = new Error("ours");
		const server = await start(t, {
			options: { errors: { onError: (...args) => heard.push(args) } },
			routes: [fail("/ours", broken), fail("/yours", httpError(400, "yours"))],
		});
		await server.get("/yours", ID);
		await server.get("/ours?token=secret", ID);
		assert.deepEqual(heard, [[broken, { requestId: "failed-1", method: "GET", path: "/ours", status: 500 }]]);
	});

	test("an onError that throws costs the client nothing, and is told in the log", async (t) => {
		const server = await start(t, {
			options: {
				errors: {
					onError: () => {
						throw new Error("the tracker is down");
					},
				},
			},
			routes: [fail("/", new Error("ours"))],
		});
		check(await server.get("/", ID), 500);
		assert.equal((await server.line({ msg: "errors.onError failed" })).requestId, "failed-1");
	});

	test("an onError that rejects costs nobody anything", async (t) => {
		const server = await start(t, {
			options: {
				errors: { onError: (async () => Promise.reject(new Error("the tracker is down"))) as never },
			},
			routes: [fail("/", new Error("ours"))],
		});
		check(await server.get("/", ID), 500);
		await server.line({ msg: "errors.onError failed" });
	});

	test("without the room an error is the framework's", async (t) => {
		const server = await start(t, {
			options: { errors: false },
			routes: [fail("/", httpError(400, "as ever"))],
			env: { NODE_ENV: "production" },
		});
		const reply = await server.get("/");
		assert.equal(reply.status, 400);
		assert.doesNotMatch(reply.headers["content-type"]!, /problem/);
	});
});

for (const { name, start } of FACTORIES.filter(({ framework }) => framework === "express")) {
	test(`routes that are added while the app serves fail in the same words (${name})`, async (t) => {
		const server = await start(t, { routes: [hello()] });
		await server.get("/");
		const app = server.app as Express;
		for (const path of ["/late", "/later"]) {
			app.get(path, () => {
				throw httpError(410, `${path} is gone`);
			});
			check(await server.get(path, ID), 410, `${path} is gone`);
		}
	});
}

test("every server tells of an error in the same headers and the same bytes", async (t) => {
	const routes = [
		fail("/ours", new Error("ours")),
		fail("/yours", httpError(422, "a field is missing", { headers: { "x-field": "name" } })),
	];
	for (const { path } of routes) {
		const replies: Reply[] = [];
		for (const { start } of FACTORIES) {
			const server = await start(t, { options: { rateLimit: false, compression: false }, routes });
			replies.push(await server.get(path, ID));
		}
		for (const reply of replies) {
			assert.deepEqual(stable(reply), stable(replies[0]!));
			assert.deepEqual(reply.bytes, replies[0]!.bytes);
		}
	}
});
