import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { getContext, requestId } from "@production-ready/core/context";
import { type Ask, type Call, captureLog, fail, forEachServer, hello, listen, tell } from "./servers.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID = "00f067aa0ba902b7";

/** Ids that may not be taken over. */
const HOSTILE: Readonly<Record<string, string | readonly string[]>> = {
	"10 kB": "a".repeat(10_000),
	"one character too long": "a".repeat(129),
	empty: "",
	spaces: "a b",
	quotes: '"a"',
	"a tab": "a\tb",
	"latin-1": "id-\u00e9\u00ff",
	"utf-8 bytes": Buffer.from("id-\u2603").toString("latin1"),
	"a comma": "a,b",
	"two headers": ["first", "second"],
	markup: "<script>alert(1)</script>",
	template: `\${jndi:ldap://x}`,
	percent: "a%0d%0ab",
};

forEachServer(({ start, gaps }) => {
	test("an id of the caller's comes back, and everything tells the same one", async (t) => {
		const server = await start(t, {
			routes: [
				tell("/", ({ native }) => {
					native.log.info("from the route");
					return [getContext()?.requestId, requestId(), native.id];
				}),
			],
		});
		const reply = await server.get("/", { "x-request-id": "Order.42:a_b-c" });
		assert.equal(reply.headers["x-request-id"], "Order.42:a_b-c");
		assert.deepEqual(reply.json(), Array(3).fill("Order.42:a_b-c"));
		assert.equal((await server.line({ msg: "from the route" })).requestId, "Order.42:a_b-c");
		assert.equal((await server.line({ msg: "request completed" })).requestId, "Order.42:a_b-c");
	});

	test("128 characters are still an id", async (t) => {
		const server = await start(t, { routes: [hello()] });
		const longest = "a".repeat(128);
		assert.equal((await server.get("/", { "x-request-id": longest })).headers["x-request-id"], longest);
	});

	test("without an id each request gets a new one, also when it is refused or not found", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 3 } },
			routes: [hello(), fail("/broken", new Error("broken"))],
		});
		const seen = new Map<string, number>();
		for (const path of ["/", "/nowhere", "/broken", "/", "/livez"]) {
			const { status, headers } = await server.get(path);
			assert.match(headers["x-request-id"] as string, UUID);
			seen.set(headers["x-request-id"] as string, status);
		}
		assert.deepEqual([...seen.values()], [200, 404, 500, 429, 200]);
	});

	for (const [name, value] of Object.entries(HOSTILE)) {
		test(`H86: a hostile id (${name}) is replaced by a new one`, async (t) => {
			const server = await start(t, { routes: [tell("/", requestId)] });
			const reply = await server.get("/", { "x-request-id": value });
			assert.equal(reply.status, 200);
			assert.match(reply.headers["x-request-id"] as string, UUID);
			assert.equal(reply.json(), reply.headers["x-request-id"]);
			assert.equal((await server.line({ msg: "request completed" })).requestId, reply.json());
		});
	}

	test("H86: bytes that no client of Node's sends are refused by Node, or replaced", async (t) => {
		const server = await start(t, { routes: [hello()] });
		const sent = async (id: string): Promise<string> =>
			server.raw(
				Buffer.from(
					`GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\nConnection: close\r\n\r\n`,
					"latin1",
				),
			);
		assert.match(
			await sent("a\r\nX-Injected: b"),
			/^HTTP\/1\.1 200 [\s\S]*\r\nx-request-id: a\r\n/i,
			"two headers",
		);
		assert.doesNotMatch(await sent("a\r\nX-Injected: b"), /x-injected/i);
		for (const id of ["a\rb", "a\nb", "a\0b", "\u001b[31mred", "a\u0007b"]) {
			assert.match(await sent(id), /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(id));
		}
		assert.match(await sent("\u0080\u009f\u00ff"), /\r\nx-request-id: [0-9a-f-]{36}\r\n/i);
		assert.equal((await server.get("/")).status, 200, "and the server lives on");
	});

	test("the header and what counts as an id can be chosen", async (t) => {
		const server = await start(t, {
			options: { requestId: { header: "x-trace", accept: /^[a-z ]+$/ } },
			routes: [tell("/", requestId)],
		});
		const reply = await server.get("/", { "x-trace": "two words", "x-request-id": "other" });
		assert.deepEqual([reply.headers["x-trace"], reply.json()], ["two words", "two words"]);
		assert.equal(reply.headers["x-request-id"], undefined);
		assert.match((await server.get("/", { "x-trace": "UPPER" })).headers["x-trace"] as string, UUID);
	});

	test("ids of platforms are told beside ours, if they look like ids", async (t) => {
		const server = await start(t, { routes: [tell("/", () => getContext()?.upstreamId)] });
		const upstream = async (headers: Ask["headers"]): Promise<unknown> =>
			(await server.get("/", headers)).json();
		assert.equal(await upstream({ "cf-ray": "8f00ba4-AMS" }), "8f00ba4-AMS");
		assert.equal(
			await upstream({ "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678" }),
			"Root=1-67891233-abcdef012345678912345678",
		);
		assert.equal(await upstream({ "x-correlation-id": "a b" }), null);
		assert.equal(await upstream({ "fly-request-id": "x".repeat(257) }), null);
		assert.equal(await upstream({}), null);
	});

	const WELL_FORMED: readonly (readonly [header: string, isSampled: boolean])[] = [
		[`00-${TRACE_ID}-${PARENT_ID}-01`, true],
		[`00-${TRACE_ID}-${PARENT_ID}-00`, false],
		[`00-${TRACE_ID}-${PARENT_ID}-ff`, true],
		[`01-${TRACE_ID}-${PARENT_ID}-01`, true],
		[`01-${TRACE_ID}-${PARENT_ID}-01-what-comes-later`, true],
	];
	const MALFORMED: readonly (string | readonly string[])[] = [
		"",
		"00",
		`ff-${TRACE_ID}-${PARENT_ID}-01`,
		`00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01`,
		`00-${"0".repeat(32)}-${PARENT_ID}-01`,
		`00-${TRACE_ID}-${"0".repeat(16)}-01`,
		`00-${TRACE_ID}-${PARENT_ID}-01-more`,
		`00-${TRACE_ID}-${PARENT_ID}-1`,
		`00-${TRACE_ID}-${PARENT_ID}-zz`,
		`00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`,
		`00-${TRACE_ID}a-${PARENT_ID}-01`,
		`00 ${TRACE_ID} ${PARENT_ID} 01`,
		`00-${TRACE_ID}-${PARENT_ID}-01, 00-${TRACE_ID}-${PARENT_ID}-01`,
		[`00-${TRACE_ID}-${PARENT_ID}-01`, `00-${TRACE_ID}-${PARENT_ID}-01`],
		"0".repeat(10_000),
		"\u00e9".repeat(55),
	];

	test("H88: a caller's trace is continued, and one that is malformed is not", async (t) => {
		const server = await start(t, { routes: [tell("/", () => getContext()?.trace)] });
		for (const [traceparent, isSampled] of WELL_FORMED) {
			const trace = (await server.get("/", { traceparent })).json();
			assert.match(trace.spanId, /^[0-9a-f]{16}$/);
			assert.notEqual(trace.spanId, PARENT_ID);
			assert.deepEqual(
				{ ...trace, spanId: "" },
				{ traceId: TRACE_ID, spanId: "", parentId: PARENT_ID, isSampled },
			);
		}
		const traceIds = new Set<string>();
		for (const traceparent of MALFORMED) {
			const reply = await server.get("/", { traceparent });
			const { traceId, spanId, parentId, isSampled } = reply.json();
			assert.match(traceId, /^[0-9a-f]{32}$/, String(traceparent));
			assert.match(spanId, /^[0-9a-f]{16}$/);
			assert.deepEqual(
				[traceId === TRACE_ID, parentId, isSampled],
				[false, undefined, false],
				String(traceparent),
			);
			traceIds.add(traceId);
		}
		assert.equal(traceIds.size, MALFORMED.length);
	});

	test("H87: a thousand requests at once keep their own context through bodies, timers and events", async (t) => {
		const sameIn = async (call: Call): Promise<unknown> => {
			const ids = [requestId()];
			await new Promise((resolve) => setImmediate(resolve));
			ids.push(requestId());
			await new Promise<void>((resolve) => setTimeout(resolve, 1));
			ids.push(getContext()?.requestId);
			process.nextTick(() => ids.push(requestId()));
			await new Promise<void>((resolve) => queueMicrotask(resolve));
			ids.push(requestId());
			return { ids, body: call.body };
		};
		const server = await start(t, {
			options: { rateLimit: false },
			routes: [
				tell("/json", sameIn, { method: "POST", body: "json" }),
				tell("/raw", heardIn, { method: "POST", body: "raw" }),
			],
		});
		const post = async (number: number): Promise<void> => {
			const id = `request-${number}`;
			const isRaw = number % 2 === 1;
			const reply = await server.ask(isRaw ? "/raw" : "/json", {
				method: "POST",
				headers: {
					"x-request-id": id,
					"content-type": isRaw ? "application/octet-stream" : "application/json",
				},
				body: JSON.stringify({ number, padding: "x".repeat(number % 3 === 0 ? 80_000 : 10) }),
			});
			assert.equal(reply.status, 200);
			assert.equal(reply.headers["x-request-id"], id);
			const { ids, body } = reply.json() as { ids: string[]; body?: { number: number } };
			assert.deepEqual([...new Set(ids)], [id]);
			if (!isRaw) assert.equal(body?.number, number);
			assert.equal(getContext(), undefined);
		};
		await Promise.all(Array.from({ length: 1_000 }, (_, number) => post(number)));
	});

	test("a compressed body keeps its context", { skip: gaps.inflates }, async (t) => {
		const server = await start(t, {
			routes: [tell("/", ({ body }) => [requestId(), body], { method: "POST", body: "json" })],
		});
		const reply = await server.ask("/", {
			method: "POST",
			headers: { "x-request-id": "packed", "content-type": "application/json", "content-encoding": "gzip" },
			body: gzipSync(JSON.stringify({ a: "b".repeat(50_000) })),
		});
		assert.deepEqual(reply.json(), ["packed", { a: "b".repeat(50_000) }]);
	});

	test("a body that breaks off is heard of in its own context", async (t) => {
		const heard = new EventEmitter();
		const server = await start(t, {
			routes: [
				{
					method: "POST",
					path: "/",
					body: "raw",
					handle: ({ request }) => {
						const { signal } = getContext()!;
						request.on("data", () => heard.emit("data", requestId(), signal.aborted));
						request.on("error", () => heard.emit("aborted", requestId()));
						signal.addEventListener("abort", () => heard.emit("signal", requestId()));
						return undefined;
					},
				},
			],
		});
		const socket = net.connect(server.port, "127.0.0.1");
		socket.write("POST / HTTP/1.1\r\nHost: a\r\nX-Request-Id: broken-off\r\nContent-Length: 100\r\n\r\nhalf");
		assert.deepEqual(await once(heard, "data"), ["broken-off", false]);
		const both = Promise.all([once(heard, "aborted"), once(heard, "signal")]);
		socket.destroy();
		assert.deepEqual(await both, [["broken-off"], ["broken-off"]]);
		const line = await server.line({ requestId: "broken-off" });
		assert.deepEqual([line.isAborted, line.msg], [true, "request aborted"]);
	});

	test("the signal of a request that was answered does not abort", async (t) => {
		const signals: AbortSignal[] = [];
		const server = await start(t, { routes: [tell("/", () => void signals.push(getContext()!.signal))] });
		await server.get("/");
		await server.line({ msg: "request completed" });
		assert.deepEqual(
			signals.map((signal) => signal.aborted),
			[false],
		);
	});

	test("outside of a request there is no context", async (t) => {
		const outside = new EventEmitter();
		let inTimer: unknown = "not asked";
		const timer = setInterval(() => {
			inTimer = getContext();
		}, 1);
		t.after(() => clearInterval(timer));
		const seen: unknown[] = [];
		outside.on("look", () => seen.push(requestId()));
		const server = await start(t, { routes: [tell("/", () => outside.emit("look"))] });
		assert.equal(getContext(), undefined);
		await server.get("/", { "x-request-id": "inside" });
		await server.get("/", { "x-request-id": "inside" });
		assert.equal(getContext(), undefined);
		assert.equal(requestId(), undefined);
		assert.deepEqual(seen, ["inside", "inside"], "a listener runs where its event is emitted");
		await new Promise<void>((resolve) => setTimeout(resolve, 2));
		assert.equal(inTimer, undefined);
	});

	test("ids travel on to the hosts of the list, by fetch and by http.request, and to no others", async (t) => {
		const named = await echo(t);
		const stranger = await echo(t);
		const server = await start(t, {
			options: { requestId: { propagateTo: [`127.0.0.1:${named.port}`] } },
			routes: [
				tell("/", async () => ({
					named: [await byFetch(named.url), await byHttp(named.url)],
					stranger: [await byFetch(stranger.url), await byHttp(stranger.url)],
					chosen: [await byFetch(named.url, OWN), await byHttp(named.url, OWN)],
				})),
			],
		});
		const reply = await server.get("/", {
			"x-request-id": "travels",
			traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`,
		});
		const heard = reply.json() as Record<"named" | "stranger" | "chosen", Heard[]>;
		for (const { id, traceparent } of heard.named) {
			assert.equal(id, "travels");
			assert.match(traceparent!, new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`));
			assert.doesNotMatch(traceparent!, new RegExp(PARENT_ID), "our span is the parent of what follows");
		}
		assert.deepEqual(heard.stranger, [{}, {}]);
		assert.deepEqual(
			heard.chosen.map(({ id }) => id),
			["own", "own"],
			"what the program has set stays",
		);
		assert.deepEqual(await byFetch(named.url), {}, "outside of a request there is nothing to tell");
	});

	test("nobody is told of ids who is not named", async (t) => {
		const other = await echo(t);
		const server = await start(t, {
			routes: [tell("/", async () => [await byFetch(other.url), await byHttp(other.url)])],
		});
		assert.deepEqual((await server.get("/")).json(), [{}, {}]);
	});
});

interface Heard {
	readonly id?: string;
	readonly traceparent?: string;
}

const OWN = { "x-request-id": "own" };

/** The ids that the events of a body are heard in. */
function heardIn({ request }: Call): Promise<unknown> {
	const ids = [requestId()];
	request.on("data", () => ids.push(requestId()));
	return new Promise((resolve) => {
		request.on("end", () => {
			ids.push(getContext()?.requestId);
			resolve({ ids });
		});
	});
}

/** A server that tells which ids it was given. */
async function echo(t: Parameters<typeof listen>[0]): Promise<{ port: number; url: string }> {
	const server = http.createServer(({ headers }, response) => {
		response.end(JSON.stringify({ id: headers["x-request-id"], traceparent: headers.traceparent }));
	});
	return listen(t, server, captureLog());
}

async function byFetch(url: string, headers: Record<string, string> = {}): Promise<Heard> {
	return (await fetch(url, { headers })).json() as Promise<Heard>;
}

async function byHttp(url: string, headers: Record<string, string> = {}): Promise<Heard> {
	const [response] = await once(http.get(url, { headers, agent: false }), "response");
	let text = "";
	for await (const chunk of response) text += chunk;
	return JSON.parse(text);
}
