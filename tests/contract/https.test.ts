import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http, { type IncomingMessage, type RequestListener } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Options } from "@production-ready/core";
import type { FastifyInstance } from "fastify";
import { certificate } from "../process/certificate.ts";
import { forEachServer, hello, type Reply, type Server, type Setup } from "./servers.ts";

const PRODUCTION = { NODE_ENV: "production" };
const HOST = { host: "example.com" };
const HTTPS = { "x-forwarded-proto": "https" };
const HSTS = "strict-transport-security";

/** There is no proxy, unless a test names one. */
function redirecting(options: Options = {}, env: Setup["env"] = {}): Setup {
	return {
		options: { https: { redirect: true }, proxy: false, ...options },
		routes: [hello(), hello("/a"), { ...hello("/a"), method: "POST" }],
		env: { ...PRODUCTION, ...env },
	};
}

const told = ({ status, headers: { location } }: Reply): readonly unknown[] => [status, location];

forEachServer(({ start }) => {
	test("who came by http is sent to the same address over https, and nobody keeps that", async (t) => {
		const server = await start(t, redirecting());
		const reply = await server.get("/a?b=c", { host: "EXAMPLE.com:8080", "x-request-id": "sent" });
		assert.deepEqual(told(reply), [308, "https://example.com/a?b=c"]);
		assert.equal(reply.headers["cache-control"], "no-store");
		assert.equal(reply.headers["content-type"], "text/plain; charset=utf-8");
		assert.equal(reply.headers["x-frame-options"], "DENY");
		assert.equal(reply.headers[HSTS], undefined);
		assert.equal((await server.line({ requestId: "sent" })).status, 308);
		for (const method of ["HEAD", "POST", "DELETE", "OPTIONS"]) {
			const other = await server.ask("/a", { method, headers: HOST });
			assert.deepEqual(told(other), [308, "https://example.com/a"], method);
		}
	});

	test("with get-and-head, what could carry a body is refused with 403", async (t) => {
		const server = await start(t, redirecting({ https: { redirect: "get-and-head" } }));
		for (const method of ["GET", "HEAD"])
			assert.equal((await server.ask("/a", { method, headers: HOST })).status, 308);
		for (const method of ["POST", "DELETE", "OPTIONS"]) {
			const reply = await server.ask("/a", { method, headers: HOST });
			assert.deepEqual(told(reply), [403, undefined], method);
			assert.equal(reply.json().detail, "this is answered over https only");
		}
	});

	test("no target leads to another host", async (t) => {
		const server = await start(t, redirecting());
		const table: readonly (readonly [string, string])[] = [
			["//evil.com/a", "https://example.com//evil.com/a"],
			["/\\evil.com", "https://example.com/%5Cevil.com"],
			["/@evil.com", "https://example.com/@evil.com"],
			["/.evil.com", "https://example.com/.evil.com"],
			["/%0d%0aset-cookie:x=y", "https://example.com/%0d%0aset-cookie:x=y"],
			["http://example.com/a", "https://example.com/a"],
			["http://example.com//evil.com", "https://example.com//evil.com"],
			["http://example.com?a", "https://example.com/?a"],
		];
		for (const [target, location] of table) {
			const reply = await server.raw(
				`GET ${target} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n`,
			);
			assert.match(reply, /^HTTP\/1.1 308 /, target);
			assert.equal(/^location: (.*)\r$/im.exec(reply)?.[1], location);
			assert.equal(new URL(location).host, "example.com");
		}
	});

	test("H80 without a host there is no address to send to: 400, or EXTERNAL_URL's", async (t) => {
		const ask = async (server: Server): Promise<string> => server.raw("GET /a HTTP/1.0\r\n\r\n");
		const server = await start(t, redirecting());
		const reply = await ask(server);
		assert.match(reply, /^HTTP\/1.1 400 /);
		assert.doesNotMatch(reply, /undefined|^location/im);
		const known = await start(t, redirecting({ hosts: false }, { EXTERNAL_URL: "https://example.com:8443" }));
		assert.match(await ask(known), /^location: https:\/\/example\.com:8443\/a\r$/im);
	});

	test("H79 a host that is none, or named in two ways, gets 400 and no address", async (t) => {
		const server = await start(t, redirecting());
		for (const head of [
			"GET / HTTP/1.1\r\nHost: a/../evil?x",
			"GET / HTTP/1.1\r\nHost: example.com@evil.com",
			"GET / HTTP/1.1\r\nHost: example.com\r\nHost: evil.com",
			"GET http://evil.com/ HTTP/1.1\r\nHost: example.com",
		]) {
			const reply = await server.raw(`${head}\r\nConnection: close\r\n\r\n`);
			assert.match(reply, /^HTTP\/1.1 400 /, head);
			assert.doesNotMatch(reply, /^location/im);
		}
	});

	test("H85 the address is EXTERNAL_URL's, whatever Host and X-Forwarded-Host say", async (t) => {
		const env = { EXTERNAL_URL: "https://example.com:8443" };
		const server = await start(t, redirecting({ hosts: false, proxy: { hops: 1 } }, env));
		for (const headers of [HOST, { host: "evil.com" }, { ...HOST, "x-forwarded-host": "evil.com" }]) {
			assert.deepEqual(told(await server.get("/a", headers)), [308, "https://example.com:8443/a"]);
		}
		const judged = await start(t, redirecting({ proxy: { hops: 1 } }, env));
		assert.equal((await judged.get("/a", { host: "evil.com" })).status, 421, "the hosts come first");
	});

	test("H85 X-Forwarded-Host is an address only where the hosts have judged it", async (t) => {
		const headers = { host: "app.internal:3000", "x-forwarded-host": "example.com" };
		const options = { proxy: { hops: 1 } };
		const judging = await start(
			t,
			redirecting({ ...options, hosts: { allowed: ["example.com", "app.internal"] } }),
		);
		assert.deepEqual(told(await judging.get("/", headers)), [308, "https://example.com/"]);
		const blind = await start(t, redirecting(options));
		assert.deepEqual(told(await blind.get("/", headers)), [308, "https://app.internal/"]);
	});

	test("a probe is never redirected", async (t) => {
		const server = await start(t, redirecting());
		for (const path of ["/livez", "/readyz", "/startupz"]) assert.equal((await server.get(path)).status, 200);
	});

	test("who came by https goes on: by the word of a named proxy", async (t) => {
		for (const proxy of [{ hops: 1 }, { trust: ["loopback"] }]) {
			const server = await start(t, redirecting({ proxy }));
			assert.equal((await server.get("/", { ...HOST, ...HTTPS })).status, 200);
			assert.equal((await server.get("/", { ...HOST, "x-forwarded-proto": "http" })).status, 308);
		}
	});

	test("who says so without being one is redirected all the same, and the log tells of the loop", async (t) => {
		for (const proxy of [false, { trust: ["10.0.0.0/8"] }] as const) {
			const server = await start(t, redirecting({ proxy }));
			for (let count = 0; count < 3; count++)
				assert.equal((await server.get("/", { ...HOST, ...HTTPS })).status, 308);
			const said = server.lines.filter(({ code }) => code === "HTTPS_LOOP");
			assert.equal(said.length, 1);
			assert.match(said[0]!.hint, /TRUST_PROXY=1/);
		}
	});

	test("a proxy that nobody named sends nobody round for ever: it is answered, and said loudly what to set", async (t) => {
		const server = await start(t, redirecting({ proxy: undefined }));
		for (const headers of [HTTPS, { "x-forwarded-for": "203.0.113.7" }])
			for (const method of ["GET", "POST"])
				assert.equal((await server.ask("/a", { method, headers: { ...HOST, ...headers } })).status, 200);
		const said = server.lines.filter(({ code }) => code === "FORWARDED_UNEXPLAINED");
		assert.equal(said.length, 1);
		assert.equal(said[0]!.level, 40);
		assert.match(said[0]!.hint, /TRUST_PROXY=1.*TRUST_PROXY=none/);
		assert.equal((await server.get("/", HOST)).status, 308, "without such a header there is no doubt");
		assert.equal((await server.get("/", { ...HOST, "x-forwarded-proto": "http" })).status, 308);
	});

	test("a proxy on a unix socket, which nobody can name, sends nobody round for ever", async (t) => {
		const server = await start(t, redirecting({ proxy: { hops: 1 } }));
		const folder = mkdtempSync(join(tmpdir(), "socket-"));
		t.after(() => rmSync(folder, { recursive: true, force: true }));
		const path = join(folder, "app.sock");
		const local = http.createServer(handlerOf(server)).listen(path);
		t.after(() => local.close());
		await once(local, "listening");
		const ask = async (headers: Record<string, string>): Promise<number | undefined> => {
			const request = http
				.request({ socketPath: path, headers: { ...HOST, ...headers }, agent: false })
				.end();
			const [reply] = (await once(request, "response")) as [IncomingMessage];
			reply.resume();
			return reply.statusCode;
		};
		assert.equal(await ask(HTTPS), 200);
		assert.match((await server.line({ code: "FORWARDED_UNEXPLAINED" })).hint, /127\.0\.0\.1/);
		assert.equal(await ask({}), 308);
	});

	test("a named proxy that does not say how the client came is a loop that is announced", async (t) => {
		const server = await start(t, redirecting({ proxy: { hops: 1 } }));
		const reply = await server.get("/", { ...HOST, "x-forwarded-for": "203.0.113.7" });
		assert.equal(reply.status, 308);
		assert.match((await server.line({ code: "HTTPS_LOOP" })).hint, /X-Forwarded-Proto \$scheme/);
	});

	test("where one develops, this machine's own names stay on http", async (t) => {
		const env = { NODE_ENV: "development", EXTERNAL_URL: "http://localhost:3000" };
		const server = await start(t, redirecting({}, env));
		assert.equal((await server.get("/", { host: "localhost:3000" })).status, 200);
		assert.equal((await server.get("/", { host: "127.0.0.1:3000" })).status, 200);
	});

	test("without the room nobody is redirected, also with EXTERNAL_URL", async (t) => {
		const setup = redirecting({ https: undefined }, { EXTERNAL_URL: "https://example.com" });
		const server = await start(t, setup);
		assert.equal((await server.get("/", HOST)).status, 200);
	});

	test("H107 Strict-Transport-Security is sent over https that is to be believed, and over nothing else", async (t) => {
		const table: readonly (readonly [Options["proxy"], Record<string, string>, boolean])[] = [
			[false, {}, false],
			[false, HTTPS, false],
			[undefined, HTTPS, false],
			[{ trust: ["10.0.0.0/8"] }, HTTPS, false],
			[{ hops: 1 }, {}, false],
			[{ hops: 1 }, { "x-forwarded-proto": "http" }, false],
			// Of a list the proxy's own word counts, which is the last one.
			[{ hops: 1 }, { "x-forwarded-proto": "https, http" }, false],
			[{ hops: 1 }, { "x-forwarded-proto": "http, https" }, true],
			[{ hops: 1 }, { "x-forwarded-ssl": "on", "front-end-https": "on", forwarded: "proto=https" }, false],
			[{ hops: 1 }, HTTPS, true],
			[{ trust: ["loopback"] }, HTTPS, true],
		];
		for (const [proxy, headers, isSent] of table) {
			const server = await start(t, { options: { proxy }, routes: [hello()], env: PRODUCTION });
			for (const path of ["/", "/nowhere", "/livez"]) {
				const reply = await server.get(path, headers);
				assert.equal(HSTS in reply.headers, isSent, `${JSON.stringify([proxy, headers])} ${path}`);
			}
		}
	});

	test("H107 over our own TLS it is sent, whatever the peer says, and nobody is redirected", async (t) => {
		const server = await start(t, redirecting());
		const port = await overTls(t, server);
		for (const headers of [{}, { "x-forwarded-proto": "http" }, HTTPS]) {
			const reply = await askTls(port, { ...HOST, ...headers });
			assert.deepEqual([reply.statusCode, HSTS in reply.headers], [200, true]);
		}
	});
});

function handlerOf({ app }: Server): RequestListener {
	return ("ready" in app ? (app as FastifyInstance).routing : app) as unknown as RequestListener;
}

/** The same app behind TLS of Node's own. */
async function overTls(t: TestContext, server: Server): Promise<number> {
	const { TLS_KEY, TLS_CERT } = certificate();
	const pair = { key: readFileSync(TLS_KEY!), cert: readFileSync(TLS_CERT!) };
	const secure = https.createServer(pair, handlerOf(server));
	secure.listen(0, "127.0.0.1");
	await once(secure, "listening");
	t.after(async () => {
		const closed = once(secure, "close");
		secure.close();
		secure.closeAllConnections();
		await closed;
	});
	return (secure.address() as AddressInfo).port;
}

async function askTls(port: number, headers: Record<string, string>): Promise<IncomingMessage> {
	const request = https.request({
		port,
		host: "127.0.0.1",
		headers,
		rejectUnauthorized: false,
		agent: false,
	});
	request.end();
	const [reply] = (await once(request, "response")) as [IncomingMessage];
	reply.resume();
	return reply;
}
