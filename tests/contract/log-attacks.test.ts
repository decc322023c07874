/** What a client can do to the log: how many lines, what stands in them, and what must not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { Logger } from "@production-ready/core";
import { uninstall } from "@production-ready/core/lifecycle";
import fc from "fast-check";
import { pinoHttp } from "pino-http";
import { createLogger } from "../../packages/core/src/log/logger.ts";
import { formatReadable } from "../../packages/core/src/log/readable.ts";
import { PROGRAMS, runProgram } from "./child.ts";
import {
	addExpressRoute,
	captureLog,
	express5,
	fail,
	forEachServer,
	fresh,
	hello,
	type Line,
	listen,
	type Native,
	type Server,
	tell,
} from "./servers.ts";

const ENDINGS: readonly unknown[] = [
	"request completed",
	"request aborted",
	"request refused",
	"upgrade ended",
];

/** The lines that say how a request ended. */
function endings({ lines }: { readonly lines: readonly Line[] }): Line[] {
	return lines.filter(({ msg }) => ENDINGS.includes(msg));
}

/** A log of ours, down to its bytes. */
function ownLog(): { readonly logger: Logger; readonly bytes: string[] } {
	const bytes: string[] = [];
	return {
		bytes,
		logger: createLogger({ level: "trace", format: "json", write: (line) => bytes.push(line) }),
	};
}

/** Requests one behind the other over one connection, whose last one closes it. */
function pipelined(count: number, path: string, headers = ""): string {
	const head = `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}`;
	return `${`${head}\r\n`.repeat(count - 1)}${head}Connection: close\r\n\r\n`;
}

/** As many connections as it takes, one after the other, each with bytes that are no request. */
async function sendGarbage(server: Server, count: number, bytes: string): Promise<void> {
	for (let sent = 0; sent < count; sent++) await server.raw(bytes);
}

const OVERSIZED = `GET / HTTP/1.1\r\nHost: a\r\nX-Big: ${"x".repeat(20_000)}\r\n\r\n`;

/** Then the one that waits has no line; the first one has. */
const IS_UNTOLD = Number(process.versions.node.split(".", 1)[0]) < 24;

forEachServer(({ start, framework }) => {
	test("L167 a flood of refusals is a few lines, and one line with exact counts", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 100 } },
			routes: [hello(), fail("/bad", Object.assign(new Error("bad"), { statusCode: 400 }))],
		});
		t.mock.timers.enable({ apis: ["setTimeout"] });
		await server.raw(pipelined(30, "/nowhere"));
		await server.raw(pipelined(20, "/bad"));
		await server.raw(pipelined(40, "/"));
		await sendGarbage(server, 20, "NO REQUEST\r\n\r\n");
		await sendGarbage(server, 10, OVERSIZED);
		await server.raw(pipelined(2_000, "/"));
		const written = endings(server).filter(({ status }) => status >= 400);
		assert.equal(server.lines.filter(({ code }) => code === "REFUSALS_SUMMED_UP").length, 0);
		t.mock.timers.tick(10_000);
		const [summary, ...others] = server.lines.filter(({ code }) => code === "REFUSALS_SUMMED_UP");
		assert.deepEqual(others, []);
		// 400 by the program and by the parser, 404, 429, 431.
		assert.ok(written.length <= 54, String(written.length));
		const counts: Record<string, number> = {};
		for (const { status } of written) counts[status] = (counts[status] ?? 0) + 1;
		for (const [status, count] of Object.entries(summary!.byStatus as Record<string, number>)) {
			counts[status] = (counts[status] ?? 0) + count;
		}
		assert.deepEqual(counts, { 400: 40, 404: 30, 429: 1_990, 431: 10 });
		assert.deepEqual(summary!.addresses, [{ ip: "127.0.0.1", atLeast: summary!.refused }]);
		assert.equal(
			endings(server).filter(({ status }) => status === 200).length,
			50,
			"each success has its line",
		);
	});

	test("L167 failures of ours have a line each, and so have refusals where the program says so", async (t) => {
		const server = await start(t, {
			options: { rateLimit: false, logging: { maxRefusalsPerWindow: false } },
			routes: [fail("/ours", new Error("ours"))],
		});
		await server.raw(pipelined(200, "/ours"));
		await server.raw(pipelined(200, "/nowhere"));
		const of = (wanted: number) => endings(server).filter(({ status }) => status === wanted).length;
		assert.deepEqual([of(500), of(404)], [200, 200]);
	});

	test("L167 what was not told yet is told when the process gives everything back", async (t) => {
		const server = await start(t, { options: { logging: { maxRefusalsPerWindow: 0 } } });
		await server.raw(pipelined(8, "/nowhere"));
		assert.equal(endings(server).length, 1);
		uninstall();
		assert.deepEqual((await server.line({ code: "REFUSALS_SUMMED_UP" })).byStatus, { 404: 7 });
	});

	test("L170 pipelined requests have one line each", async (t) => {
		const server = await start(t, { routes: [hello("/users/:id")] });
		const heads = [1, 2, 3].map((id) => `GET /users/${id} HTTP/1.1\r\nHost: a\r\nX-Request-Id: p-${id}\r\n`);
		await server.raw(`${heads.join("\r\n")}Connection: close\r\n\r\n`);
		await server.line({ requestId: "p-3" });
		assert.deepEqual(
			endings(server).map(({ requestId, status }) => [requestId, status]),
			[1, 2, 3].map((id) => [`p-${id}`, 200]),
		);
	});

	test("L170 requests whose client goes away have one line each, also those that waited behind another", {
		skip:
			IS_UNTOLD &&
			"Node 22 does not tell an answer that waits behind another one that its connection is gone",
	}, async (t) => {
		const asked: string[] = [];
		const server = await start(t, {
			routes: [
				{
					path: "/held/:id",
					handle: ({ request }) => {
						asked.push(request.url!);
						return new Promise(() => {});
					},
				},
			],
		});
		const socket = net.connect(server.port, "127.0.0.1");
		const heads = [1, 2].map((id) => `GET /held/${id} HTTP/1.1\r\nHost: a\r\nX-Request-Id: p-${id}\r\n\r\n`);
		socket.write(heads.join(""));
		while (asked.length < 2) await new Promise(setImmediate);
		socket.destroy();
		for (const id of [1, 2]) await server.line({ requestId: `p-${id}`, msg: "request aborted" });
		assert.equal(endings(server).length, 2);
	});

	test("L170 bytes that are no request have one line, with what they were answered and why", async (t) => {
		const server = await start(t, { routes: [hello()] });
		const cases: readonly (readonly [bytes: string, status: number, reason: string])[] = [
			["NO REQUEST\r\n\r\n", 400, "HPE_INVALID_METHOD"],
			["GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n", 400, "HPE_"],
			[OVERSIZED, 431, "HPE_HEADER_OVERFLOW"],
			["GET / HTTP/1.1\r\n\r\n", 400, "ERR_HTTP_HOST_MISSING"],
			[
				"GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nConnection: close\r\n\r\n",
				417,
				"ERR_HTTP_EXPECTATION_UNKNOWN",
			],
		];
		for (const [index, [bytes, status, reason]] of cases.entries()) {
			assert.match(await server.raw(bytes), new RegExp(`^HTTP/1.1 ${status} `));
			const line = endings(server)[index]!;
			assert.deepEqual(
				[line.msg, line.level, line.status, line.peer],
				["request refused", 40, status, "127.0.0.1"],
			);
			assert.ok(line.reason.startsWith(reason), line.reason);
			assert.equal(endings(server).length, index + 1);
		}
		assert.doesNotMatch(JSON.stringify(server.lines), /xxx/);
	});

	test("L170 a request whose body turns out to be none has one line, which says so", async (t) => {
		const server = await start(t, {
			routes: [{ method: "POST", path: "/", body: "json", handle: () => ({ body: "never" }) }],
		});
		const head = "POST / HTTP/1.1\r\nHost: a\r\nX-Request-Id: body-1\r\nContent-Type: application/json\r\n";
		assert.match(
			await server.raw(`${head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n`),
			/^HTTP\/1.1 400 /,
		);
		await server.line({ requestId: "body-1" });
		const [line, ...others] = endings(server);
		assert.deepEqual(others, []);
		assert.equal(line!.status, 400);
	});

	test("L170 a connection that was opened and never used has no line", async (t) => {
		const server = await start(t, { routes: [hello()] });
		const socket = net.connect(server.port, "127.0.0.1");
		await once(socket, "connect");
		socket.end();
		await once(socket, "close");
		await server.get("/");
		await server.line({ path: "/" });
		assert.equal(endings(server).length, 1);
	});

	const HOSTILE = [
		"\r\nforged",
		'\n{"level":60}',
		"\u001b[31mred",
		"\u2028",
		"\u2029",
		"\u009b31m",
		"\u202e",
		"\u0000",
		"\ufeff",
	];

	test("L166 whatever a client writes is in one line of JSON, and one of the readable format", async (t) => {
		const log = ownLog();
		const server = await start(t, {
			options: { logging: { logger: log.logger } },
			routes: [
				tell("/said", ({ request, native }) => {
					const { authorization = "", "x-said": said, "user-agent": agent } = request.headers;
					const user = Buffer.from(authorization.slice(6), "base64").toString().split(":", 1)[0];
					native.log.info({ user, said, agent, url: request.url }, `hello ${user}`);
					throw Object.assign(new Error(`no user ${user}`), { statusCode: 422 });
				}),
			],
		});
		for (const [index, hostile] of HOSTILE.entries()) {
			log.bytes.length = 0;
			const basic = Buffer.from(`bob${hostile}:pw`).toString("base64");
			const encoded = encodeURIComponent(hostile);
			const head = `GET /said?q=${encoded} HTTP/1.1\r\nHost: a\r\nX-Request-Id: h-${index}\r\n`;
			const headers = `Authorization: Basic ${basic}\r\nUser-Agent: \u009b\u0085x\r\nX-Said: a\tb\r\n`;
			await server.raw(Buffer.from(`${head}${headers}Connection: close\r\n\r\n`, "latin1"));
			const ofRequest = log.bytes.filter((line) => line.includes(`"h-${index}"`));
			assert.equal(ofRequest.length, 2, `what the program said, and the end: ${ofRequest}`);
			for (const line of ofRequest) {
				const readable = formatReadable(line);
				for (const written of [line.slice(0, -1), readable.split("\n    ", 1)[0]!]) {
					// biome-ignore lint/suspicious/noControlCharactersInRegex: finding none is the purpose
					assert.doesNotMatch(written, /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/);
				}
				assert.doesNotMatch(readable, /^(?! {4}|\d\d:)/m);
				JSON.parse(line);
			}
		}
	});

	test("L171 a line that is written inside a request has its id, wherever it is written", async (t) => {
		const server = await start(t, {
			routes: [
				tell("/", async ({ native }) => {
					native.log.info({ at: "once" }, "said");
					await new Promise((resolve) => setImmediate(resolve));
					native.log.info({ at: "later" }, "said");
					native.log.child({ part: "x" }).info({ at: "child" }, "said");
				}),
			],
		});
		await server.get("/", { "x-request-id": "id-1" });
		await server.line({ requestId: "id-1", msg: "request completed" });
		for (const at of ["once", "later", "child"]) assert.equal((await server.line({ at })).requestId, "id-1");
	});

	test("L164 secrets that come in by requests are in no line of ours, and in those of pino-http", async (t) => {
		const CANARY = "kanarienvogel";
		const log = ownLog();
		const theirs = captureLog();
		const middleware = pinoHttp({ logger: theirs.logger });
		const beside: Native = {
			express: (app) => app.use(middleware),
			fastify: (app) =>
				app.addHook("onRequest", (request, reply, done) => {
					middleware(request.raw, reply.raw);
					done();
				}),
		};
		// What a program logs of a request when it is told to log all.
		const logAll = (request: http.IncomingMessage, body: unknown, say: Logger) => {
			const { headers, rawHeaders, url } = request;
			const query = Object.fromEntries(new URL(url!, "http://a").searchParams);
			say.info({ headers, rawHeaders, url, query, body }, `got ${url}`);
			say.warn({ req: { url, headers }, nested: { a: { b: { c: { d: { e: { body } } } } } } });
			throw Object.assign(new Error(`cannot ${url}`, { cause: new Error(JSON.stringify(body)) }), {
				config: { headers, data: JSON.stringify(body) },
			});
		};
		const server = await start(t, {
			options: { logging: { logger: log.logger }, rateLimit: false },
			beforeRoutes: beside,
			routes: [
				tell(
					"/log",
					({ request, body, native }) =>
						logAll(request, body, framework === "express" ? log.logger : native.log),
					{
						method: "POST",
						body: "json",
					},
				),
			],
		});
		const one = fc.constantFrom(
			{ headers: { authorization: `Bearer ${CANARY}` } },
			{
				headers: {
					authorization: `Basic ${Buffer.from(`u:${CANARY}`).toString("base64")}`,
					"x-api-key": CANARY,
				},
			},
			{ headers: { cookie: `a=1; sid=${CANARY}` } },
			{ headers: { "Proxy-Authorization": CANARY } },
			{ query: `access_token=${CANARY}` },
			{ query: `a=1&code=${CANARY}&token=${CANARY}` },
			{ query: `next=${encodeURIComponent(`https://u:${CANARY}@h/?token=${CANARY}`)}` },
			{ body: { password: CANARY } },
			{ body: { user: { credentials: { apiKey: CANARY } } } },
			{ body: { list: [{ client_secret: CANARY }], text: `{"refresh_token":"${CANARY}"}` } },
		) as fc.Arbitrary<{ headers?: Record<string, string>; query?: string; body?: object }>;
		await fc.assert(
			fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 4 }), async (parts) => {
				const query = parts.flatMap((part) => part.query ?? []).join("&");
				const reply = await server.ask(`/log?${query}`, {
					method: "POST",
					headers: Object.assign(
						{ "content-type": "application/json" },
						...parts.map((part) => part.headers),
					),
					body: JSON.stringify(Object.assign({}, ...parts.map((part) => part.body))),
				});
				assert.equal(reply.status, 500);
				assert.ok(!reply.text.includes(CANARY));
				const written = log.bytes.join("");
				assert.ok(!written.includes(CANARY), written);
				assert.ok(!written.includes(Buffer.from(`u:${CANARY}`).toString("base64")));
				log.bytes.length = 0;
			}),
			{ numRuns: 60 },
		);
		assert.match(JSON.stringify(theirs.lines), /kanarienvogel/, "unmodified, pino-http shows them");
	});
});

test("L170 an upgrade has one line, when it is over; one that nobody answers has one too", async (t) => {
	fresh(t);
	const log = captureLog();
	const app = express5();
	const { productionReady } = await import("@production-ready/express");
	app.use(productionReady({ platform: "plain", logging: { logger: log.logger } }));
	const server = http.createServer(app);
	let answers = true;
	server.on("upgrade", (_request, socket) => {
		if (answers)
			socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n");
		socket.end();
	});
	const { raw } = await listen(t, server, log);
	const head = "GET /chat?token=s3cr3t HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: Chat\r\n";
	assert.match(await raw(`${head}X-Request-Id: up-1\r\n\r\n`), /^HTTP\/1.1 101 /);
	const line = await log.line({ requestId: "up-1" });
	assert.deepEqual(
		[line.msg, line.path, line.upgrade, line.method, line.peer],
		["upgrade ended", "/chat", "chat", "GET", "127.0.0.1"],
	);
	answers = false;
	assert.equal(await raw(`${head}X-Request-Id: up-2\r\n\r\n`), "");
	assert.equal((await log.line({ requestId: "up-2" })).msg, "upgrade not answered");
	assert.equal(log.lines.filter(({ requestId }) => requestId !== undefined).length, 2);
});

test("L170 a head that never ends is one line with 408; a request whose body never ends is one too", async (t) => {
	fresh(t);
	const log = captureLog();
	const app = express5();
	const { productionReady } = await import("@production-ready/express");
	const timeouts = { headersTimeoutMs: 40, requestTimeoutMs: 60 };
	app.use(productionReady({ platform: "plain", logging: { logger: log.logger }, server: timeouts }));
	addExpressRoute(app, express5, {
		method: "POST",
		path: "/",
		body: "json",
		handle: () => ({ body: "never" }),
	});
	const server = http.createServer({ connectionsCheckingInterval: 10 }, app);
	const { port } = await listen(t, server, log);
	const head = net.connect(port, "127.0.0.1");
	head.write("GET / HTTP/1.1\r\nHo");
	assert.match(await text(head), /^HTTP\/1.1 408 /);
	assert.deepEqual(
		endings(log).map(({ msg, status, reason }) => [msg, status, reason]),
		[["request refused", 408, "ERR_HTTP_REQUEST_TIMEOUT"]],
	);
	const body = net.connect(port, "127.0.0.1");
	body.write(
		"POST / HTTP/1.1\r\nHost: a\r\nX-Request-Id: slow\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
	);
	assert.match(await text(body), /^HTTP\/1.1 408 /);
	await log.line({ requestId: "slow" });
	assert.equal(endings(log).length, 2);
	const idle = net.connect(port, "127.0.0.1");
	await text(idle);
	assert.equal(endings(log).length, 2, "who has said nothing has asked for nothing");
});

const ENDS: Readonly<Record<string, readonly [how: string, code: number, last: string]>> = {
	"a signal": [`process.kill(process.pid, "SIGTERM"); await new Promise(() => {});`, 0, "shutdown complete"],
	"a crash": [
		`setImmediate(() => { throw new Error("gone"); }); await new Promise(() => {});`,
		1,
		"shutdown complete",
	],
	"process.exit": ["process.exit(3);", 3, "more requests were refused"],
};

for (const [name, program] of Object.entries(PROGRAMS)) {
	for (const [end, [how, wanted, last]] of Object.entries(ENDS)) {
		test(`L167 before ${end} ends the process, what was counted is told (${name})`, async () => {
			const requests = `
				for (let count = 0; count < 10; count++) await (await fetch(url + "/nowhere")).text();
				${how}
			`;
			const options = "{ logging: { maxRefusalsPerWindow: 2 } }";
			const env = { NODE_ENV: "production" };
			const { lines, code, stderr } = await runProgram(program(options, "", requests), env);
			assert.equal(code, wanted, stderr);
			const of = (status: number) => lines.filter((line) => line.status === status).length;
			const summaries = lines.filter((line) => line.code === "REFUSALS_SUMMED_UP");
			assert.deepEqual([of(404), summaries.map(({ byStatus }) => byStatus)], [2, [{ 404: 8 }]]);
			assert.equal(lines.at(-1)!.msg, last);
		});
	}
}
