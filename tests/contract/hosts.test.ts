import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import * as onFastify from "@production-ready/fastify";
import { captureLog, forEachServer, fresh, hello, type Server, type Setup, tell } from "./servers.ts";

const PRODUCTION = { NODE_ENV: "production" };
const BAD = "HTTP/1.1 400 Bad Request";
const OK = "HTTP/1.1 200 OK";

function serving(allowed: readonly string[], more: Partial<Setup> = {}): Setup {
	return {
		routes: [hello(), tell("/host", ({ request }) => request.headers.host)],
		env: PRODUCTION,
		...more,
		options: { hosts: { allowed }, ...more.options },
	};
}

/** The first line of the answer to a head that is written out. */
async function lineOf(server: Server, ...head: readonly string[]): Promise<string> {
	return (await answerTo(server, ...head)).split("\r\n", 1)[0]!;
}

function answerTo(server: Server, ...head: readonly string[]): Promise<string> {
	return server.raw([...head, "Connection: close", "", ""].join("\r\n"));
}

forEachServer(({ start, framework }) => {
	test("H79 a host that is not served gets 421 and no route runs", async (t) => {
		let runs = 0;
		const server = await start(t, serving(["example.com"], { routes: [tell("/", () => runs++)] }));
		const reply = await server.get("/", { host: "evil.com", "x-request-id": "refused" });
		assert.equal(reply.status, 421);
		assert.equal(reply.headers["content-type"], "application/problem+json; charset=utf-8");
		assert.equal(reply.headers["cache-control"], "no-store");
		assert.equal(reply.headers["x-frame-options"], "DENY");
		assert.deepEqual(reply.json(), {
			type: "about:blank",
			title: "Misdirected Request",
			status: 421,
			detail: "this host is not served here",
			requestId: "refused",
		});
		assert.equal(runs, 0);
		const line = await server.line({ requestId: "refused" });
		assert.deepEqual([line.status, line.reason], [421, 'Host "evil.com" is none of the hosts allowed']);
		assert.equal((await server.get("/", { host: "EXAMPLE.com.:8443" })).status, 200);
	});

	test("H79 a host that is none gets 400, and is nowhere repeated", async (t) => {
		const server = await start(t, serving(["example.com", ".evil"]));
		for (const host of [
			"a/../evil?x",
			"user@example.com",
			"example.com@evil.com",
			"exa mple.com",
			"example.com, evil.com",
			"example.com:",
			"example.com:0",
			"example.com:65536",
			"example.com:80:80",
			"example.com#",
			"example.com\\evil",
			"[::1",
			"%65xample.com",
			"0x7f.1",
			"caf\u00e9.example",
			"x".repeat(8_000),
		]) {
			const reply = await answerTo(server, "GET / HTTP/1.1", `Host: ${host}`);
			assert.ok(reply.startsWith(BAD), host);
			assert.ok(!reply.includes(host), host);
		}
		assert.deepEqual(
			server.lines.filter(({ code }) => code !== undefined),
			[],
		);
	});

	test("H79 a target that is a whole URL, and names another host than Host, gets 400", async (t) => {
		const server = await start(t, serving(["example.com"]));
		const ask = (target: string): Promise<string> =>
			lineOf(server, `GET ${target} HTTP/1.1`, "Host: example.com");
		assert.equal(await ask("http://example.com/"), OK);
		assert.equal(await ask("HTTP://EXAMPLE.COM:80/"), OK);
		for (const target of [
			"http://evil.com/",
			"http://u@example.com/",
			"http://example.com:8080/",
			"ftp://example.com/",
		])
			assert.equal(await ask(target), BAD, target);
	});

	test("H78 two Hosts get 400, the same or not", async (t) => {
		const server = await start(t, serving(["example.com"]));
		for (const second of ["example.com", "evil.com"]) {
			const line = await lineOf(server, "GET / HTTP/1.1", "Host: example.com", `hOST: ${second}`);
			assert.equal(line, BAD, second);
		}
	});

	test("H80 HTTP/1.0 without a host gets 400; without the room it is served, and the connection closed", async (t) => {
		const server = await start(t, serving(["example.com"]));
		assert.ok((await server.raw("GET / HTTP/1.0\r\n\r\n")).startsWith(BAD));
		assert.ok((await server.raw("GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n")).startsWith(BAD));
		assert.ok((await server.raw("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n")).startsWith(OK));
		assert.ok((await server.raw("GET /livez HTTP/1.0\r\n\r\n")).startsWith(OK), "a probe is before it");
		const without = await start(t, { routes: [hello()] });
		const reply = await without.raw("GET / HTTP/1.0\r\n\r\n");
		assert.ok(reply.startsWith(OK));
		assert.match(reply, /^connection: close\r$/im);
	});

	test("H85 X-Forwarded-Host is judged where the peer is believed: what the program will read", async (t) => {
		const server = await start(t, serving(["example.com"], { options: { proxy: { hops: 1 } } }));
		const table: readonly (readonly [string | readonly string[], number])[] = [
			["example.com", 200],
			["example.com:443, Example.com", 200],
			["", 200],
			["evil.com", 421],
			["example.com, evil.com", 421],
			["evil.com, example.com", 200],
			[["example.com", "evil.com"], 421],
			["a/../evil?x", 400],
			["example.com,", 400],
			[",", 400],
		];
		for (const [forwarded, status] of table) {
			const reply = await server.get("/", { host: "example.com", "x-forwarded-host": forwarded });
			assert.equal(reply.status, status, String(forwarded));
		}
		const reply = await server.get("/", { host: "evil.com", "x-forwarded-host": "example.com" });
		assert.equal(reply.status, 421, "Host is judged all the same");
	});

	test("H84 X-Forwarded-Host of a peer that is not believed is nothing", async (t) => {
		for (const proxy of [false, { trust: ["10.0.0.0/8"] }, undefined] as const) {
			const server = await start(t, serving(["example.com"], { options: { proxy } }));
			for (const forwarded of ["evil.com", "a/../evil?x"]) {
				const reply = await server.get("/", { host: "example.com", "x-forwarded-host": forwarded });
				assert.equal(reply.status, 200, JSON.stringify(proxy));
			}
		}
	});

	test("a probe is answered whatever the host, and nothing else is", async (t) => {
		const server = await start(t, serving(["example.com"]));
		for (const path of ["/livez", "/readyz", "/startupz"]) {
			assert.equal((await server.get(path, { host: "10.0.3.7:3000" })).status, 200);
			assert.equal((await server.ask(path, { method: "POST", headers: { host: "10.0.3.7" } })).status, 421);
		}
		assert.equal((await server.get("/nowhere", { host: "10.0.3.7" })).status, 421);
		assert.equal((await server.ask("/", { method: "HEAD", headers: { host: "evil.com" } })).status, 421);
		assert.equal((await server.ask("/", { method: "OPTIONS", headers: { host: "evil.com" } })).status, 421);
	});

	test("an operator who forgot a name reads the line to type, once", async (t) => {
		const server = await start(t, serving(["example.com"]));
		for (let count = 0; count < 3; count++) await server.get("/", { host: "app.internal:3000" });
		const said = server.lines.filter(({ code }) => code === "HOST_REFUSED");
		assert.equal(said.length, 1);
		assert.match(said[0]!.hint, /hosts: \{ allowed: \["example\.com","app\.internal"\] \}/);
	});

	test("a flood of made-up hosts is a bounded number of notices", async (t) => {
		const server = await start(t, serving(["example.com"], { options: { rateLimit: false } }));
		for (let count = 0; count < 60; count++) await server.get("/", { host: `host-${count}.example` });
		assert.equal(server.lines.filter(({ code }) => code === "HOST_REFUSED").length, 21);
	});

	test("EXTERNAL_URL alone serves its host and no other, at every port", async (t) => {
		const env = { ...PRODUCTION, EXTERNAL_URL: "https://example.com:8443" };
		const server = await start(t, { routes: [hello()], env });
		for (const host of ["example.com", "example.com:8443", "EXAMPLE.com:3000"])
			assert.equal((await server.get("/", { host })).status, 200, host);
		for (const host of ["evil.com", "localhost", "127.0.0.1", "www.example.com"])
			assert.equal((await server.get("/", { host })).status, 421, host);
		const off = await start(t, { options: { hosts: false }, routes: [hello()], env });
		assert.equal((await off.get("/", { host: "evil.com" })).status, 200);
	});

	test("where one develops, this machine's own names are served too", async (t) => {
		const server = await start(t, serving(["example.com"], { env: { NODE_ENV: "development" } }));
		for (const host of ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"])
			assert.equal((await server.get("/", { host })).status, 200, host);
		assert.equal((await server.get("/", { host: "evil.com" })).status, 421);
	});

	test("without the room every host is served, as before", async (t) => {
		const server = await start(t, { routes: [hello()], env: PRODUCTION });
		assert.equal((await server.get("/", { host: "a/../evil?x" })).status, 200);
	});

	test("H85 a program that trusts by itself is not handed a host that is not served", {
		skip: framework === "express" ? undefined : "Fastify is told at construction: see below",
	}, async (t) => {
		const setup = serving(["example.com"], {
			routes: [tell("/", ({ native }) => (native as unknown as { hostname: string }).hostname)],
			beforeRoutes: { express: (app) => app.set("trust proxy", "loopback") },
		});
		const server = await start(t, setup);
		const ask = (forwarded: string) =>
			server.get("/", { host: "example.com", "x-forwarded-host": forwarded });
		assert.equal((await ask("evil.com")).status, 421);
		assert.equal((await ask("example.com")).json(), "example.com");
		const other = await start(t, {
			...setup,
			options: { ...setup.options, proxy: { hops: 1 } },
			beforeRoutes: { express: (app) => app.set("trust proxy", "10.0.0.1") },
		});
		const reply = await other.get("/", { host: "example.com", "x-forwarded-host": "evil.com" });
		assert.deepEqual([reply.status, reply.json()], [200, "example.com"]);
	});
});

test("H85 a Fastify app that trusts by itself is not handed a host that is not served", async (t) => {
	const ask = async (trustProxy: boolean | string): Promise<readonly [number, string]> => {
		fresh(t, PRODUCTION);
		const app = await onFastify.createApp(
			{ hosts: { allowed: ["example.com"] }, logging: { logger: captureLog().logger } },
			{ trustProxy },
		);
		t.after(() => app.close());
		app.get("/", async (request) => request.host);
		const headers = { host: "example.com", "x-forwarded-host": "example.com, evil.com" };
		const reply = await app.inject({ url: "/", headers });
		return [reply.statusCode, reply.body];
	};
	assert.equal((await ask(true))[0], 421);
	assert.equal((await ask("loopback"))[0], 421);
	assert.deepEqual(await ask("10.0.0.1"), [200, "example.com"]);
	assert.deepEqual(await ask(false), [200, "example.com"]);
});

test("HTTP/2: :authority and Host are judged, and contradict each other to no avail", async (t) => {
	const port = await startHttp2(t);
	const table: readonly (readonly [Record<string, string>, number])[] = [
		[{ ":authority": "example.com" }, 200],
		[{ ":authority": "evil.com" }, 421],
		[{ ":authority": "example.com", host: "example.com" }, 200],
		[{ ":authority": "example.com", host: "evil.com" }, 400],
		[{ ":authority": "evil.com", host: "example.com" }, 400],
		[{ host: "example.com" }, 200],
		[{ host: "evil.com" }, 421],
		[{ ":authority": "0x7f.1" }, 400],
	];
	const session = connect(`http://127.0.0.1:${port}`);
	// Not in a hook: it would come behind the app's end, which waits for the session where Node does not close it (22).
	try {
		for (const [headers, status] of table) {
			const stream = session.request({ ":path": "/", ...headers });
			const [answer] = (await once(stream, "response")) as [Record<string, unknown>];
			stream.resume();
			await once(stream, "close");
			assert.equal(answer[":status"], status, JSON.stringify(headers));
		}
	} finally {
		session.destroy();
	}
});

async function startHttp2(t: TestContext): Promise<number> {
	fresh(t, PRODUCTION);
	const app = await onFastify.createApp(
		{ hosts: { allowed: ["example.com"] }, logging: { logger: captureLog().logger } },
		{ http2: true },
	);
	t.after(() => app.close());
	app.get("/", async () => "hello");
	await app.listen({ port: 0, host: "127.0.0.1" });
	return (app.server.address() as AddressInfo).port;
}
