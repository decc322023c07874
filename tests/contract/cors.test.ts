import assert from "node:assert/strict";
import { test } from "node:test";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import { fastify } from "fastify";
import {
	type Ask,
	addExpressRoute,
	addFastifyRoute,
	express4,
	express5,
	FACTORIES,
	fail,
	forEachServer,
	fresh,
	hello,
	listen,
	type Reply,
	type Server,
	stable,
	tell,
} from "./servers.ts";

const SITE = "https://app.example.com";
const OTHERS = [
	"https://app.example.com.evil.example",
	"https://evil-app.example.com",
	"http://app.example.com",
	"https://app.example.com:8443",
	"https://app.example.com/",
	"https://user@app.example.com",
	"https://app.example.com.",
	"https://app.example.com:443",
	"https://xn--app-example-com.evil.example",
	"NULL",
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

	test("H103 a named site may read, and caches are told that it depends on the site", async (t) => {
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

	test("H103 no look-alike, no null and no hostile origin may read", async (t) => {
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

	test("H103 everybody may read what is open to everybody, also a cache that did not ask, and never with cookies", async (t) => {
		const server = await start(t, { options: { cors: { origin: "*" } }, routes: [hello()] });
		for (const headers of [{ origin: "https://anywhere.example" }, { origin: "null" }, {}]) {
			const reply = await server.get("/", headers);
			check(reply, { "allow-origin": "*" });
			assert.doesNotMatch(reply.headers.vary ?? "", /origin/i);
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

	test("H103 whatever the program does with Vary, caches are told that the answer depends on the site", async (t) => {
		const server = await start(t, {
			options: { cors: { origin: [SITE] }, rateLimit: { limit: 30 }, compression: false },
			routes: [
				tell("/plain", ({ response }) => void response.setHeader("Vary", "Accept")),
				tell("/set", ({ set }) => void set("vary", "Accept, Accept-Language")),
				tell("/removed", ({ response }) => response.removeHeader("Vary")),
				{ path: "/answer", handle: () => ({ headers: { Vary: "Accept" }, body: "x" }) },
				{ path: "/everything", handle: () => ({ headers: { Vary: "*" }, body: "x" }) },
				{ path: "/there", handle: () => ({ headers: { vary: "origin" }, body: "x" }) },
				{
					path: "/head",
					handle: ({ response }) => void response.writeHead(200, { VARY: "Accept" }).end("x"),
				},
				{
					path: "/list",
					handle: ({ response }) => void response.writeHead(200, "OK", ["vary", "Accept"]).end("x"),
				},
				{
					path: "/nameless",
					handle: ({ response }) => void response.writeHead(200, undefined, { Vary: "Accept" }).end("x"),
				},
				{ path: "/unchanged", handle: () => ({ status: 304, headers: { vary: "Accept" } }) },
				fail("/broken", Object.assign(new Error("no"), { headers: { vary: "Cookie" }, status: 400 })),
			],
		});
		const vary = async (path: string, init: Ask = {}): Promise<string | undefined> =>
			(await server.ask(path, init)).headers.vary;
		for (const headers of [{}, { origin: SITE }, { origin: "https://evil.example" }]) {
			for (const path of ["/plain", "/answer", "/head", "/list", "/nameless", "/unchanged"]) {
				assert.equal(await vary(path, { headers }), "Accept, Origin", path);
			}
		}
		assert.equal(await vary("/plain", { method: "HEAD" }), "Accept, Origin");
		assert.equal(await vary("/set"), "Accept, Accept-Language, Origin");
		assert.equal(await vary("/removed"), "Origin");
		assert.equal(await vary("/everything"), "*");
		assert.equal(await vary("/there"), "origin");
		for (const path of ["/broken", "/nowhere"]) assert.match((await vary(path))!, /\bOrigin\b/, path);
		while ((await server.get("/nowhere")).status !== 429);
		assert.equal(await vary("/"), "Origin");
	});

	test("H103 a packed answer depends on the site too", async (t) => {
		const server = await start(t, {
			options: { cors: { origin: [SITE] } },
			routes: [
				{
					path: "/",
					handle: () => ({
						headers: { "content-type": "text/plain", vary: "Accept" },
						body: "x".repeat(5_000),
					}),
				},
			],
		});
		const { headers } = await server.get("/", { "accept-encoding": "gzip" });
		assert.equal(headers["content-encoding"], "gzip");
		assert.deepEqual(headers.vary!.toLowerCase().split(", ").sort(), ["accept", "accept-encoding", "origin"]);
	});

	test("the header of the request's id may be read, whatever it is called", async (t) => {
		const exposed = async (options: object): Promise<unknown> => {
			const server = await start(t, { options: { cors: { origin: [SITE] }, ...options }, routes: [hello()] });
			return (await server.get("/", { origin: SITE })).headers["access-control-expose-headers"];
		};
		assert.equal(
			await exposed({ requestId: { header: "x-trace" } }),
			"x-trace, ratelimit, ratelimit-policy, retry-after",
		);
		assert.equal(await exposed({ requestId: false }), "ratelimit, ratelimit-policy, retry-after");
		assert.equal(
			await exposed({ cors: { origin: [SITE], exposedHeaders: ["x-total"] } }),
			"x-request-id, x-total",
		);
		assert.equal(
			await exposed({ cors: { origin: [SITE], exposedHeaders: [] }, requestId: false }),
			undefined,
		);
	});

	test("a preflight is told what the program allows", async (t) => {
		const cors = { origin: [SITE], methods: ["GET", "POST"], allowedHeaders: ["x-a"], maxAgeSeconds: 600 };
		const server = await start(t, { options: { cors } });
		check(await preflight(server, SITE, { "access-control-request-headers": "x-evil" }), {
			"allow-origin": SITE,
			"allow-methods": "GET,POST",
			"allow-headers": "x-a",
			"max-age": "600",
		});
	});

	test("no site is let into a private network", async (t) => {
		const server = await start(t, { options: { cors: { origin: "*" } } });
		const reply = await preflight(server, SITE, { "access-control-request-private-network": "true" });
		assert.equal(reply.status, 204);
		assert.equal(reply.headers["access-control-allow-private-network"], undefined);
	});

	test("H103 patterns stand for whole origins", async (t) => {
		const origin = [/^https:\/\/[a-z0-9-]+\.example\.com$/];
		const server = await start(t, { options: { cors: { origin } }, routes: [hello()] });
		check(await server.get("/", { origin: SITE }), { "allow-origin": SITE });
		for (const refused of [`${SITE}.evil.example`, "https://evilexample.com", "http://app.example.com"]) {
			check(await server.get("/", { origin: refused }), {});
		}
	});

	test("H103 a promise is no yes, one that is rejected ends nothing, and the program is told once", async (t) => {
		const origin = ((from: string) =>
			from.includes("rejects") ? Promise.reject(new Error("no")) : Promise.resolve(true)) as never;
		const server = await start(t, { options: { cors: { origin, credentials: true } }, routes: [hello()] });
		for (const from of [SITE, "https://rejects.example", SITE])
			check(await server.get("/", { origin: from }), {});
		assert.equal(server.lines.filter(({ code }) => code === "CORS_UNDECIDED").length, 1);
	});

	test("what would let everybody in does not start", async (t) => {
		for (const cors of [
			{ origin: "*", credentials: true },
			{ origin: ["*"] },
			{ origin: ["null"] },
			{ origin: ["https://*.example.com"] },
			{ origin: [/example\.com/] },
			{ origin: async () => true },
			{ origin: true },
			{ methods: ["get"] },
			{ allowedHeaders: ["*"] },
			{ exposedHeaders: ["a b"] },
			{ maxAgeSeconds: 86_401 },
		]) {
			const options = { cors: { origin: [SITE], ...cors } as never };
			const starting = (async () => {
				const server = await start(t, { options, routes: [hello()] });
				await server.get("/");
			})();
			await assert.rejects(starting, { code: "CONFIG_INVALID", message: /cors/ }, JSON.stringify(cors));
		}
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

for (const [name, express] of [
	["Express 4", express4],
	["Express 5", express5],
] as const) {
	test(`cors() alone, and on a part of the paths (${name})`, async (t) => {
		fresh(t);
		const app = express();
		app.use("/api", onExpress.cors({ origin: [SITE], exposedHeaders: ["x-total"] }));
		for (const path of ["/api/x", "/other"]) addExpressRoute(app, express, hello(path));
		await checkAlone(await listen(t, app));
	});
}

test("cors() alone, and on a part of the paths (Fastify)", async (t) => {
	fresh(t);
	const app = fastify();
	void app.register(async (part) => {
		await part.register(onFastify.cors, { origin: [SITE], exposedHeaders: ["x-total"] });
		addFastifyRoute(part, hello("/api/x"));
	});
	addFastifyRoute(app, hello("/other"));
	await checkAlone(await listen(t, app));
	const reply = await app.inject({ url: "/api/x", headers: { origin: SITE } });
	assert.deepEqual([reply.headers["access-control-allow-origin"], reply.headers.vary], [SITE, "Origin"]);
});

async function checkAlone(server: Server): Promise<void> {
	const read = (path: string, origin: string) => server.get(path, { origin });
	const reply = await read("/api/x", SITE);
	assert.deepEqual(
		[reply.headers["access-control-allow-origin"], reply.headers["access-control-expose-headers"]],
		[SITE, "x-total"],
	);
	assert.equal(reply.headers.vary, "Origin");
	check(await read("/api/x", "https://evil.example"), {});
	check(await read("/other", SITE), {});
}
