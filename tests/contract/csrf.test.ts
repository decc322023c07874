import assert from "node:assert/strict";
import { test } from "node:test";
import type { Options } from "@production-ready/core";
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
	forEachServer,
	fresh,
	hello,
	listen,
	type Reply,
	type Route,
	type Server,
	stable,
} from "./servers.ts";

type Headers = Readonly<Record<string, string>>;

const OWN = "https://app.example.com";
const OTHER = "https://evil.example";
const COOKIE = { cookie: "sid=1" };
/** What a form of another site sends, with the user's cookies. */
const FORGED = { ...COOKIE, origin: OTHER, "sec-fetch-site": "cross-site" };
/** A form of another site that brings nothing, and would log in. */
const LOGIN = {
	origin: OTHER,
	"sec-fetch-site": "cross-site",
	"sec-fetch-mode": "navigate",
	"content-type": "application/x-www-form-urlencoded",
};

const WEB = { preset: "web", session: false } satisfies Options;

function transfer(path = "/transfer"): Route {
	return { ...hello(path), method: "POST" };
}

function post(server: Server, headers: Ask["headers"], path = "/transfer"): Promise<Reply> {
	return server.ask(path, { method: "POST", headers: { host: "app.example.com", ...headers } });
}

/** Whether each request is let through, whatever the framework then says to a body that is not there. */
async function check(
	server: Server,
	table: readonly (readonly ["passes" | "refused", Headers])[],
): Promise<void> {
	for (const [expected, headers] of table) {
		assert.equal(outcome(await post(server, headers)), expected, JSON.stringify(headers));
	}
}

function outcome({ status }: Reply): "passes" | "refused" {
	assert.ok(status < 500, String(status));
	return status === 403 ? "refused" : "passes";
}

forEachServer(({ start }) => {
	test("X4 in the preset web a forged request is refused before the route, and the log says what to do", async (t) => {
		let transfers = 0;
		const server = await start(t, {
			options: WEB,
			routes: [
				{
					...transfer(),
					handle() {
						transfers++;
						return { body: "done" };
					},
				},
			],
		});
		const reply = await post(server, { ...FORGED, "x-request-id": "forged" });
		assert.equal(reply.status, 403);
		assert.match(reply.headers["content-type"]!, /^application\/problem\+json/);
		assert.equal(reply.headers["cache-control"], "no-store");
		assert.ok(reply.headers["x-frame-options"]);
		const { detail, ...rest } = reply.json();
		assert.deepEqual(rest, { type: "about:blank", title: "Forbidden", status: 403, requestId: "forged" });
		assert.equal(detail, "A page of another site has sent this request.");
		assert.match((await server.line({ code: "CSRF_REFUSED" })).hint, /csrf: \{ trustedOrigins/);
		assert.ok(!detail.includes("evil") && !detail.includes("sid"));
		assert.equal(transfers, 0);
		assert.equal((await server.line({ requestId: "forged" })).status, 403);
	});

	test("X4 a browser's own word decides, then its origin, and what is no browser passes", async (t) => {
		const server = await start(t, { options: WEB, routes: [transfer()] });
		await check(server, [
			["passes", {}],
			["passes", COOKIE],
			["passes", { ...COOKIE, "sec-fetch-site": "same-origin", origin: OWN }],
			["passes", { ...COOKIE, "sec-fetch-site": "none" }],
			["refused", { ...COOKIE, "sec-fetch-site": "same-site", origin: "https://blog.example.com" }],
			["refused", { ...COOKIE, "sec-fetch-site": "cross-site", origin: "null" }],
			["refused", { ...COOKIE, "sec-fetch-site": "cross-site" }],
			["refused", { ...COOKIE, "sec-fetch-site": "cross-site", origin: OWN }],
			["refused", { ...COOKIE, "sec-fetch-site": "nonsense" }],
			["passes", { ...COOKIE, origin: OWN }],
			["passes", { ...COOKIE, origin: "http://app.example.com" }],
			["passes", { ...COOKIE, origin: OWN, host: "APP.example.com:443" }],
			["refused", { ...COOKIE, origin: "https://app.example.com:8443" }],
			["refused", { ...COOKIE, origin: `${OWN}.evil.example` }],
			["refused", { ...COOKIE, origin: OTHER }],
			["refused", { ...COOKIE, origin: "null" }],
		]);
	});

	test("X4 what carries nothing that a browser adds by itself passes, unless it is a form", async (t) => {
		const server = await start(t, { options: WEB, routes: [transfer()] });
		const foreign = { origin: OTHER, "sec-fetch-site": "cross-site" };
		await check(server, [
			["passes", { ...foreign, "sec-fetch-mode": "cors", "content-type": "application/json" }],
			["passes", { ...foreign, "sec-fetch-mode": "cors", authorization: "Bearer token" }],
			["passes", { ...foreign, "sec-fetch-mode": "no-cors", "content-type": "text/plain" }],
			["refused", { ...foreign, ...COOKIE, authorization: "Bearer token" }],
			["refused", { ...foreign, authorization: "Basic dTpw" }],
			["refused", { ...foreign, authorization: "Negotiate YII" }],
			["refused", LOGIN],
			["refused", { origin: OTHER, "content-type": "application/x-www-form-urlencoded" }],
			["passes", { origin: OTHER, "content-type": "application/json" }],
		]);
	});

	test("X4 methods that change nothing pass, and a WebSocket is not one of them", async (t) => {
		const server = await start(t, { options: WEB, routes: [hello("/transfer")] });
		for (const method of ["GET", "HEAD", "OPTIONS"]) {
			assert.notEqual((await server.ask("/transfer", { method, headers: FORGED })).status, 403, method);
		}
		for (const method of ["PUT", "PATCH", "DELETE"]) {
			assert.equal((await server.ask("/nowhere", { method, headers: FORGED })).status, 403, method);
		}
		const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-fetch-mode": "websocket" };
		assert.equal((await server.get("/transfer", { ...FORGED, ...upgrade })).status, 403);
		assert.equal((await server.get("/transfer", { ...COOKIE, ...upgrade })).status, 200);
	});

	test("H94 a method that a header or a field names is not looked at", async (t) => {
		const server = await start(t, { options: WEB, routes: [hello("/transfer"), transfer()] });
		assert.equal((await post(server, { ...FORGED, "x-http-method-override": "GET" })).status, 403);
		assert.equal((await post(server, FORGED, "/transfer?_method=GET")).status, 403);
		const override = { ...FORGED, "x-http-method-override": "DELETE" };
		assert.equal((await server.get("/transfer", override)).status, 200);
	});

	test("it is off in the other presets until it is asked for", async (t) => {
		for (const preset of ["api", "internal"] as const) {
			const server = await start(t, { options: { preset }, routes: [transfer()] });
			await check(server, [["passes", FORGED]]);
			const asked = await start(t, { options: { preset, csrf: {} }, routes: [transfer()] });
			await check(asked, [["refused", FORGED]]);
		}
	});

	test("X4 a trusted site may act, and none that looks like it", async (t) => {
		const csrf = { trustedOrigins: ["https://Pay.example.com", "https://pay.example.com:8443"] };
		const server = await start(t, { options: { ...WEB, csrf }, routes: [transfer()] });
		await check(server, [
			["passes", { ...FORGED, origin: "https://pay.example.com" }],
			["passes", { ...FORGED, origin: "https://pay.example.com:8443", "sec-fetch-site": "same-site" }],
			["passes", { ...COOKIE, origin: "https://pay.example.com" }],
			["passes", { ...LOGIN, origin: "https://pay.example.com" }],
			["refused", { ...FORGED, origin: "http://pay.example.com" }],
			["refused", { ...FORGED, origin: "https://pay.example.com.evil.example" }],
			["refused", { ...FORGED, origin: "https://pay.example.com/" }],
		]);
	});

	test("X4 a site that CORS lets send cookies may act, and one that it lets read may not", async (t) => {
		const site = "https://app.example.org";
		const from = { ...FORGED, origin: site, "sec-fetch-mode": "cors" };
		const credentials = await start(t, {
			options: { ...WEB, cors: { origin: [site], credentials: true } },
			routes: [transfer()],
		});
		await check(credentials, [
			["passes", from],
			["refused", FORGED],
		]);
		const reading = await start(t, { options: { ...WEB, cors: { origin: [site] } }, routes: [transfer()] });
		await check(reading, [["refused", from]]);
		const refused = await post(reading, from);
		assert.equal(refused.headers["access-control-allow-origin"], site);
		const everybody = await start(t, { options: { ...WEB, cors: { origin: "*" } }, routes: [transfer()] });
		await check(everybody, [
			["refused", from],
			["passes", { origin: site, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }],
		]);
	});

	test("requests that the program knows to be genuine are left out by skip, and by a plain yes only", async (t) => {
		const skip = (request: { url: string }): boolean => {
			if (request.url === "/saml") return true;
			return Promise.reject(new Error("no")) as never;
		};
		const server = await start(t, {
			options: { ...WEB, csrf: { skip: skip as never } },
			routes: [transfer("/saml"), transfer()],
		});
		assert.equal(outcome(await post(server, LOGIN, "/saml")), "passes");
		await check(server, [
			["refused", LOGIN],
			["refused", FORGED],
			["passes", COOKIE],
		]);
	});

	test("X4 behind a proxy that is named, the host and the protocol are those that it tells", async (t) => {
		const forwarded = { host: "10.0.0.5:3000", "x-forwarded-host": "app.example.com" };
		const https = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7" };
		const table = (trusted: "passes" | "refused", downgraded: "passes" | "refused") =>
			[
				[trusted, { ...COOKIE, ...forwarded, ...https, origin: OWN }],
				[
					trusted,
					{
						...COOKIE,
						...forwarded,
						...https,
						"x-forwarded-host": "evil.example, app.example.com",
						origin: OWN,
					},
				],
				["refused", { ...COOKIE, ...forwarded, ...https, origin: OTHER }],
				[downgraded, { ...COOKIE, ...https, origin: "http://app.example.com" }],
				["passes", { ...COOKIE, ...https, origin: OWN }],
			] as const;
		for (const [proxy, trusted, downgraded] of [
			[{ hops: 1 }, "passes", "refused"],
			[false, "refused", "passes"],
		] as const) {
			const server = await start(t, { options: { ...WEB, proxy }, routes: [transfer()] });
			await check(server, table(trusted, downgraded));
		}
	});

	test("a refusal counts, and one line says what to do, however many there are", async (t) => {
		const server = await start(t, { options: { ...WEB, rateLimit: { limit: 6 } }, routes: [transfer()] });
		for (let count = 0; count < 5; count++) {
			assert.equal((await post(server, { ...FORGED, origin: `https://${count}.example` })).status, 403);
		}
		await check(server, [["refused", { ...FORGED, "sec-fetch-site": "same-site" }]]);
		assert.equal((await post(server, FORGED)).status, 429);
		const said = server.lines.filter(({ code }) => code === "CSRF_REFUSED");
		assert.equal(said.length, 2);
		assert.match(said[0]!.msg, /https:\/\/0\.example.*cross-site/);
		assert.match(said[0]!.hint, /trustedOrigins/);
	});

	test("nothing of a hostile request is a 500", async (t) => {
		const server = await start(t, { options: WEB, routes: [transfer()] });
		const odd = [
			"",
			" ",
			"://",
			"https://",
			"\u00e9".repeat(50),
			"x".repeat(8_000),
			"https://[",
			"https://a, https://b",
		];
		for (const origin of odd) {
			for (const more of [{}, { "sec-fetch-site": origin }, { "x-forwarded-host": origin }]) {
				const { status } = await post(server, { ...COOKIE, origin, ...more });
				assert.ok(status === 403 || (status === 200 && origin.trim() === ""), `${origin}: ${status}`);
			}
		}
		const twice = { ...COOKIE, origin: OTHER, "sec-fetch-site": ["same-origin", "cross-site"] };
		assert.equal((await post(server, twice as never)).status, 403);
	});

	test("pages of the preset web tell browsers to send the origin along with forms to the own site", async (t) => {
		const server = await start(t, { options: WEB, routes: [hello()] });
		assert.equal((await server.get("/")).headers["referrer-policy"], "same-origin");
		const refused = await post(server, { ...COOKIE, origin: "null" });
		assert.match(refused.json().detail, /does not say which page/);
		assert.match((await server.line({ code: "CSRF_REFUSED" })).hint, /https.*referrerPolicy/);
	});

	test("what would let everybody in does not start", async (t) => {
		for (const csrf of [
			{ trustedOrigins: ["*"] },
			{ trustedOrigins: ["null"] },
			{ trustedOrigins: ["https://pay.example.com/"] },
			{ trustedOrigins: ["https://*.example.com"] },
			{ trustedOrigins: ["pay.example.com"] },
			{ trustedOrigins: "https://pay.example.com" },
			{ skip: async () => true },
			{ skip: "/webhook" },
			{ cookie: true },
		]) {
			const starting = (async () => {
				const server = await start(t, { options: { csrf: csrf as never }, routes: [transfer()] });
				await post(server, {});
			})();
			await assert.rejects(starting, { code: "CONFIG_INVALID", message: /csrf/ }, JSON.stringify(csrf));
		}
	});

	test("a request of no host is refused or served, and never breaks", async (t) => {
		const server = await start(t, { options: WEB, routes: [transfer()] });
		const answer = await server.raw(
			"POST /transfer HTTP/1.0\r\nOrigin: https://undefined\r\nCookie: a=b\r\nContent-Length: 0\r\n\r\n",
		);
		assert.match(answer, /^HTTP\/1\.1 403 /);
	});
});

test("X5 every server refuses with the same answer", async (t) => {
	const replies: Reply[] = [];
	for (const { start } of FACTORIES) {
		const server = await start(t, { options: WEB, routes: [transfer()] });
		replies.push(await post(server, { ...FORGED, "x-request-id": "same" }));
	}
	for (const reply of replies) {
		assert.equal(reply.text, replies[0]!.text);
		assert.deepEqual(stable(reply), stable(replies[0]!));
	}
});

for (const [name, express] of [
	["Express 4", express4],
	["Express 5", express5],
] as const) {
	test(`csrf() alone, behind cors() alone, and on one route (${name})`, async (t) => {
		fresh(t, { LOG_LEVEL: "silent" });
		const app = express();
		app.use("/api", onExpress.cors({ origin: [OTHER], credentials: true }), onExpress.csrf());
		addExpressRoute(app, express, transfer("/api/x"));
		app.post(
			"/route",
			onExpress.csrf({ trustedOrigins: [OWN] }),
			(_request, response) => void response.send("x"),
		);
		addExpressRoute(app, express, transfer("/other"));
		await checkAlone(await listen(t, app));
	});

	test(`csrf() guards one route of an app that is without (${name})`, async (t) => {
		fresh(t, { LOG_LEVEL: "silent" });
		const app = express();
		app.use(onExpress.productionReady({ platform: "plain", logging: false }));
		app.post("/route", onExpress.csrf(), (_request, response) => void response.send("x"));
		addExpressRoute(app, express, transfer("/other"));
		const server = await listen(t, app);
		const refused = await post(server, FORGED, "/route");
		assert.equal(refused.status, 403);
		assert.equal(refused.json().requestId, refused.headers["x-request-id"]);
		assert.equal((await post(server, FORGED, "/other")).status, 200);
	});
}

test("csrf() alone, behind cors() alone, and on one route (Fastify)", async (t) => {
	fresh(t, { LOG_LEVEL: "silent" });
	const app = fastify();
	void app.register(async (part) => {
		await part.register(onFastify.cors, { origin: [OTHER], credentials: true });
		await part.register(onFastify.csrf);
		addFastifyRoute(part, transfer("/api/x"));
	});
	void app.register(async (part) => {
		await part.register(onFastify.csrf, { trustedOrigins: [OWN] });
		addFastifyRoute(part, transfer("/route"));
	});
	addFastifyRoute(app, transfer("/other"));
	const server = await listen(t, app);
	await checkAlone(server);
	const injected = await app.inject({ method: "POST", url: "/route", headers: FORGED });
	assert.equal(injected.statusCode, 403);
});

async function checkAlone(server: Server): Promise<void> {
	const status = async (path: string, headers: Headers): Promise<number> =>
		(await post(server, headers, path)).status;
	assert.equal(await status("/api/x", FORGED), 200);
	assert.equal(await status("/api/x", { ...FORGED, origin: "https://a.example" }), 403);
	assert.equal(await status("/route", FORGED), 403);
	assert.equal(await status("/route", { ...FORGED, origin: OWN }), 200);
	assert.equal(await status("/other", FORGED), 200);
}
