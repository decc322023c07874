import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ask, FACTORIES, forEachServer, hello, type Reply, type Server, stable } from "./servers.ts";

const SITE = "https://app.example.com";
const OTHERS = [
	"https://app.example.com.evil.example",
	"https://evil-app.example.com",
	"http://app.example.com",
	"https://app.example.com:8443",
	"https://app.example.com/",
	"https://user@app.example.com",
	"null",
	"",
	"*",
	"https://app.example.com, https://evil.example",
	"\u00e9".repeat(100),
	"x".repeat(8_000),
];

function preflight(server: Server, origin: string, more: Ask["headers"] = {}): Promise<Reply> {
	const headers = { origin, "access-control-request-method": "PUT", ...more };
	return server.ask("/", { method: "OPTIONS", headers });
}

/** What a page of a site that may read can read besides the plain headers. */
const EXPOSED = { "expose-headers": "x-request-id, ratelimit, ratelimit-policy, retry-after" };

/** What a browser reads of an answer. */
function check(reply: Reply, expected: Readonly<Record<string, string>>): void {
	const seen = Object.entries(reply.headers).filter(([name]) => name.startsWith("access-control-"));
	const wanted = Object.entries({ ...("allow-origin" in expected && EXPOSED), ...expected }).map(
		([name, value]) => [`access-control-${name}`, value],
	);
	assert.deepEqual(Object.fromEntries(seen.sort()), Object.fromEntries(wanted.sort()));
}

forEachServer(({ start }) => {
	test("without the room nothing of CORS is said", async (t) => {
		const server = await start(t, { routes: [hello()] });
		const reply = await server.get("/", { origin: SITE });
		check(reply, {});
		assert.doesNotMatch(reply.headers.vary ?? "", /origin/i);
	});

	test("a named site may read, and caches are told that it depends on the site", async (t) => {
		const server = await start(t, { options: { cors: { origin: [SITE] } }, routes: [hello()] });
		for (const origin of [SITE, "https://APP.example.com"]) {
			const reply = await server.get("/", { origin });
			check(reply, { "allow-origin": origin });
			assert.match(reply.headers.vary!, /\bOrigin\b/);
		}
		for (const headers of [{}, { origin: "https://other.example" }]) {
			const reply = await server.get("/", headers);
			assert.equal(reply.status, 200);
			check(reply, {});
			assert.match(reply.headers.vary!, /\bOrigin\b/);
		}
	});

	test("no look-alike, no null and no hostile origin may read", async (t) => {
		const server = await start(t, {
			options: { cors: { origin: [SITE], credentials: true } },
			routes: [hello()],
		});
		for (const origin of OTHERS) {
			check(await server.get("/", { origin }), {});
			check(await preflight(server, origin), {});
		}
		check(await server.get("/", { origin: [SITE, "https://evil.example"] }), {});
	});

	test("a preflight of a named site is answered before the routes and the limit", async (t) => {
		const server = await start(t, {
			options: { cors: { origin: [SITE] }, rateLimit: { limit: 1 } },
			routes: [hello()],
		});
		for (let count = 0; count < 3; count++) {
			const reply = await preflight(server, SITE, {
				"access-control-request-headers": "content-type, x-token",
			});
			assert.deepEqual([reply.status, reply.bytes.length], [204, 0]);
			check(reply, {
				"allow-origin": SITE,
				"allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
				"allow-headers": "content-type, x-token",
				"max-age": "7200",
			});
			assert.match(reply.headers.vary!, /\bOrigin\b/);
			assert.match(reply.headers.vary!, /\bAccess-Control-Request-Headers\b/);
		}
		assert.equal((await server.get("/")).status, 200);
		const refused = await server.get("/", { origin: SITE });
		assert.equal(refused.status, 429);
		check(refused, { "allow-origin": SITE });
	});

	test("OPTIONS that are no preflight go to the routes", async (t) => {
		const server = await start(t, { options: { cors: { origin: [SITE] } } });
		const reply = await server.ask("/", { method: "OPTIONS", headers: { origin: SITE } });
		assert.equal(reply.status, 404);
		check(reply, { "allow-origin": SITE });
	});

	test("everybody may read what is open to everybody, and never with cookies", async (t) => {
		const server = await start(t, { options: { cors: { origin: "*" } }, routes: [hello()] });
		for (const origin of ["https://anywhere.example", "null"]) {
			check(await server.get("/", { origin }), { "allow-origin": "*" });
		}
	});

	test("cookies are allowed where the program says so", async (t) => {
		const server = await start(t, {
			options: { cors: { origin: [SITE], credentials: true } },
			routes: [hello()],
		});
		check(await server.get("/", { origin: SITE }), { "allow-origin": SITE, "allow-credentials": "true" });
	});

	test("a function may decide, and one that throws or says something else than yes refuses", async (t) => {
		const origin = (from: string): boolean => {
			if (from.includes("throws")) throw new Error("no");
			if (from.includes("truthy")) return "yes" as never;
			return from.endsWith(".example.com");
		};
		const server = await start(t, { options: { cors: { origin } }, routes: [hello()] });
		check(await server.get("/", { origin: SITE }), { "allow-origin": SITE });
		for (const refused of [
			"https://throws.example.com",
			"https://truthy.example.com",
			"https://other.example",
		]) {
			check(await server.get("/", { origin: refused }), {});
		}
	});

	test("an error is readable for a named site too", async (t) => {
		const server = await start(t, {
			options: { cors: { origin: [SITE] } },
			routes: [
				{
					path: "/",
					handle: () => {
						throw new Error("broken");
					},
				},
			],
		});
		const reply = await server.get("/", { origin: SITE });
		assert.equal(reply.status, 500);
		check(reply, { "allow-origin": SITE });
		assert.match(reply.headers.vary!, /\bOrigin\b/);
	});
});

test("every server answers a preflight with the same headers", async (t) => {
	const replies: Reply[] = [];
	for (const { start } of FACTORIES) {
		const server = await start(t, { options: { cors: { origin: [SITE], credentials: true } } });
		replies.push(await preflight(server, SITE, { "x-request-id": "preflight" }));
	}
	for (const reply of replies) assert.deepEqual(stable(reply), stable(replies[0]!));
});
