import assert from "node:assert/strict";
import { test } from "node:test";
import { cspNonce } from "@production-ready/core/context";
import type { Express } from "express";
import helmet from "helmet";
import {
	EXPRESS_5,
	express5,
	fail,
	forEachServer,
	hello,
	type Native,
	type Reply,
	type Server,
	tell,
} from "./servers.ts";

const PERMISSIONS_POLICY =
	"accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(), cross-origin-isolated=(), " +
	"display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), " +
	"idle-detection=(), interest-cohort=(), keyboard-map=(), magnetometer=(), microphone=(), midi=(), payment=(), " +
	"picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), unload=(), usb=(), " +
	"web-share=(), xr-spatial-tracking=(), sync-xhr=(self)";

/** What an answer of an API gets over plain http. */
const API = {
	"content-security-policy": "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
	"cross-origin-embedder-policy": "require-corp",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"origin-agent-cluster": "?1",
	"permissions-policy": PERMISSIONS_POLICY,
	"referrer-policy": "no-referrer",
	"x-content-type-options": "nosniff",
	"x-dns-prefetch-control": "off",
	"x-download-options": "noopen",
	"x-frame-options": "DENY",
	"x-permitted-cross-domain-policies": "none",
};
/** The policy of a page over plain http. */
const WEB = (nonce: string): string =>
	"default-src 'self';base-uri 'self';font-src 'self';form-action 'self';frame-ancestors 'none';" +
	`img-src 'self' data:;object-src 'none';script-src 'self'${nonce};script-src-attr 'none';style-src 'self'${nonce}`;
const HSTS = { "strict-transport-security": "max-age=31536000; includeSubDomains" };
const HTTPS = { "x-forwarded-proto": "https" };
const BEHIND_TLS = { proxy: { hops: 1 } } as const;
const PRODUCTION = { NODE_ENV: "production" };

/** The headers that speak to browsers about safety; `expected` is all of them, and no other may be there. */
function check(reply: Reply, expected: Readonly<Record<string, string>>): void {
	const names = [...Object.keys(API), ...Object.keys(HSTS), "x-powered-by", "server", "x-xss-protection"];
	const seen = Object.entries(reply.headers).filter(([name]) => names.includes(name));
	assert.deepEqual(Object.fromEntries(seen.sort()), Object.fromEntries(Object.entries(expected).sort()));
}

forEachServer(({ start, gaps }) => {
	test("every kind of answer has the same security headers", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 4 } },
			routes: [hello(), fail("/broken", new Error("broken"))],
		});
		const statuses: number[] = [];
		for (const path of ["/", "/nowhere", "/broken", "/livez", "/", "/"]) {
			const reply = await server.get(path);
			statuses.push(reply.status);
			check(reply, API);
		}
		assert.deepEqual(statuses, [200, 404, 500, 200, 200, 429]);
	});

	test("H107 HSTS is sent when the request came by https, in the word of a trusted proxy", async (t) => {
		for (const preset of ["api", "internal"] as const) {
			const options = { preset, ...BEHIND_TLS };
			const server = await start(t, { options, routes: [hello()], env: PRODUCTION });
			check(await server.get("/", HTTPS), { ...API, ...HSTS });
			check(await server.get("/"), API);
			check(await server.get("/", { "x-forwarded-proto": "http" }), API);
		}
	});

	test("H107 X-Forwarded-Proto of a stranger makes nothing secure", async (t) => {
		const server = await start(t, { options: { proxy: false }, routes: [hello()], env: PRODUCTION });
		check(await server.get("/", HTTPS), API);
	});

	test("H107 in development a browser never hears of HSTS", async (t) => {
		const server = await start(t, {
			options: BEHIND_TLS,
			routes: [hello()],
			env: { NODE_ENV: "development" },
		});
		check(await server.get("/", HTTPS), API);
	});

	test("H107 a page is upgraded to https only when it came by https", async (t) => {
		const server = await start(t, { options: { preset: "web", ...BEHIND_TLS }, routes: [hello()] });
		assert.doesNotMatch(cspOf(await server.get("/")), /upgrade-insecure-requests/);
		assert.match(cspOf(await server.get("/", HTTPS)), /;upgrade-insecure-requests$/);
	});

	test("H106 a page gets a nonce of its own, the same in the header and in the page", async (t) => {
		const server = await start(t, {
			options: { preset: "web", rateLimit: false },
			routes: [tell("/", () => [cspNonce(), cspNonce()])],
		});
		const replies = await Promise.all(Array.from({ length: 50 }, () => server.get("/")));
		const nonces = replies.map((reply) => {
			const [nonce, again] = reply.json() as string[];
			assert.match(nonce!, /^[A-Za-z0-9+/]{22}==$/);
			assert.equal(again, nonce);
			assert.match(cspOf(reply), new RegExp(`;script-src 'self' 'nonce-${nonce!.replace(/[+]/g, "[+]")}';`));
			assert.match(cspOf(reply), new RegExp(`;style-src 'self' 'nonce-${nonce!.replace(/[+]/g, "[+]")}'$`));
			return nonce;
		});
		assert.equal(new Set(nonces).size, 50);
	});

	test("a page that asks for no nonce allows none", async (t) => {
		const server = await start(t, { options: { preset: "web" }, routes: [hello()] });
		assert.equal(cspOf(await server.get("/")), WEB(""));
	});

	test("an API has no nonce, and asking for one outside of a request is no error", async (t) => {
		const server = await start(t, { routes: [tell("/", () => [cspNonce() ?? "none"])] });
		const reply = await server.get("/");
		assert.deepEqual(reply.json(), ["none"]);
		check(reply, API);
		assert.equal(cspNonce(), undefined);
	});

	test("a policy that only reports is the preset's own, with its nonce, and forbids nothing", async (t) => {
		const server = await start(t, {
			options: {
				preset: "web",
				session: false,
				...BEHIND_TLS,
				headers: { contentSecurityPolicy: { reportOnly: true }, reportTo: "/csp-reports" },
			},
			routes: [tell("/", () => cspNonce()), hello("/plain")],
		});
		const reports = ";report-uri /csp-reports;report-to csp";
		for (const headers of [HTTPS, {}]) {
			const page = await server.get("/", headers);
			const nonce = ` 'nonce-${page.json()}'`;
			assert.equal(page.headers["content-security-policy-report-only"], `${WEB(nonce)}${reports}`);
			assert.equal(cspOf(page), undefined);
			assert.equal(page.headers["reporting-endpoints"], 'csp="/csp-reports"');
			const plain = await server.get("/plain", headers);
			assert.equal(plain.headers["content-security-policy-report-only"], `${WEB("")}${reports}`);
		}
	});

	test("a policy that forbids may report too, and one of the program's says itself where to", async (t) => {
		const url = "https://reports.example.com/csp";
		const server = await start(t, {
			options: { headers: { reportTo: url } },
			routes: [
				hello(),
				{
					...hello("/own"),
					own: {
						headers: {
							contentSecurityPolicy: {
								useDefaults: false,
								directives: { defaultSrc: ["'self'"], reportUri: ["/own"] },
							},
							reportTo: url,
						},
					},
				},
			],
		});
		const reply = await server.get("/");
		assert.equal(cspOf(reply), `${API["content-security-policy"]};report-uri ${url};report-to csp`);
		assert.equal(reply.headers["reporting-endpoints"], `csp="${url}"`);
		assert.equal(cspOf(await server.get("/own")), "default-src 'self';report-uri /own");
	});

	test("the route that logs out lets the browser forget the site, and no other does", async (t) => {
		const server = await start(t, {
			routes: [{ ...hello("/logout"), own: { headers: { clearSiteData: true } } }, hello()],
		});
		const reply = await server.get("/logout");
		check(reply, API);
		assert.equal(reply.headers["clear-site-data"], '"cache","cookies","storage"');
		assert.equal((await server.get("/")).headers["clear-site-data"], undefined);
	});

	test("each header can be left out or said differently", async (t) => {
		const server = await start(t, {
			options: {
				headers: {
					permissionsPolicy: "camera=(self)",
					xFrameOptions: false,
					referrerPolicy: { policy: "same-origin" },
					contentSecurityPolicy: false,
				},
			},
			routes: [hello()],
		});
		const { "x-frame-options": _1, "content-security-policy": _2, ...rest } = API;
		const expected = { ...rest, "permissions-policy": "camera=(self)", "referrer-policy": "same-origin" };
		check(await server.get("/"), expected);
	});

	test("a directive that is a function is asked for each request", async (t) => {
		let asked = 0;
		const server = await start(t, {
			options: {
				headers: {
					contentSecurityPolicy: {
						useDefaults: false,
						directives: { defaultSrc: ["'self'", () => `https://${asked++}.example.com`] },
					},
				},
			},
			routes: [hello()],
		});
		assert.equal(cspOf(await server.get("/")), "default-src 'self' https://0.example.com");
		assert.equal(cspOf(await server.get("/")), "default-src 'self' https://1.example.com");
	});

	test("a directive function whose value is bad costs no request its answer", async (t) => {
		const server = await start(t, {
			options: {
				headers: {
					contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: [() => "a; b\r\nc"] } },
				},
			},
			routes: [hello()],
		});
		assert.equal((await server.get("/")).status, 200);
	});

	test("a route's own headers replace the app's for that route alone", async (t) => {
		const page = { useDefaults: false, directives: { defaultSrc: ["'self'"] } };
		const server = await start(t, {
			routes: [
				{ ...hello("/page"), own: { headers: { contentSecurityPolicy: page, xFrameOptions: false } } },
				hello("/data"),
			],
		});
		const { "x-frame-options": _, ...rest } = API;
		for (let round = 0; round < 2; round++) {
			check(await server.get("/page"), { ...rest, "content-security-policy": "default-src 'self'" });
			check(await server.get("/data"), API);
		}
	});

	test("a route's own headers keep what the program has set", async (t) => {
		const server = await start(t, {
			beforeRoutes: setting("referrer-policy", "origin"),
			routes: [{ ...hello("/page"), own: { headers: { referrerPolicy: { policy: "unsafe-url" } } } }],
		});
		check(await server.get("/page"), { ...API, "referrer-policy": "origin" });
	});

	test("what a route says of a header is the last word", async (t) => {
		const headers = { "x-frame-options": "SAMEORIGIN", "content-security-policy": "sandbox" };
		const server = await start(t, { routes: [{ path: "/", handle: () => ({ headers, body: "hi" }) }] });
		check(await server.get("/"), { ...API, ...headers });
	});

	test("a header that was set before ours stays", { skip: gaps.before }, async (t) => {
		const server = await start(t, {
			before: setting("x-frame-options", "ALLOW-FROM https://a.example"),
			routes: [hello()],
		});
		check(await server.get("/"), { ...API, "x-frame-options": "ALLOW-FROM https://a.example" });
	});

	const ofUser = helmet({ xFrameOptions: { action: "sameorigin" }, referrerPolicy: { policy: "origin" } });
	const users: Native = {
		express: (app) => app.use(ofUser),
		fastify: (app) =>
			app.addHook("onRequest", (request, reply, done) => ofUser(request.raw, reply.raw, () => done())),
	};
	const wins = { "x-frame-options": "SAMEORIGIN", "referrer-policy": "origin" };

	test("a helmet of the program's before ours wins", { skip: gaps.before }, async (t) => {
		await checkUsers(await start(t, { before: users, routes: [hello()] }));
	});

	test("a helmet of the program's after ours wins", async (t) => {
		await checkUsers(await start(t, { beforeRoutes: users, routes: [hello()] }));
	});

	async function checkUsers(server: Server): Promise<void> {
		const { headers } = await server.get("/");
		for (const [name, value] of Object.entries(wins)) assert.equal(headers[name], value);
		assert.match(headers["content-security-policy"] as string, /script-src 'self'/, "helmet's own policy");
		assert.equal(headers["permissions-policy"], PERMISSIONS_POLICY, "which helmet does not know");
		assert.equal(headers["x-powered-by"], undefined);
	}
});

test("a mounted app answers with the same headers, and does not name Express", async (t) => {
	const inner = (): Express => express5().get("/", (_request, response) => void response.send("inner"));
	const server = await EXPRESS_5.start(t, {
		beforeRoutes: {
			express(app) {
				app.use("/quiet", inner().disable("x-powered-by"));
				app.use("/naming", inner());
			},
		},
	});
	check(await server.get("/quiet"), API);
	check(await server.get("/naming"), API);
});

test("a program that wants to name something does", async (t) => {
	const routes = [{ path: "/", handle: () => ({ headers: { "x-powered-by": "tea" }, body: "hi" }) }];
	const server = await EXPRESS_5.start(t, { routes });
	check(await server.get("/"), { ...API, "x-powered-by": "tea" });
	const named = await EXPRESS_5.start(t, {
		options: { headers: { xPoweredBy: false } },
		beforeRoutes: {
			express: (app) => app.use(express5().get("/", (_request, response) => void response.send("hi"))),
		},
	});
	check(await named.get("/"), { ...API, "x-powered-by": "Express" });
});

function setting(name: string, value: string): Native {
	return {
		express: (app) =>
			app.use((_request, response, next) => {
				response.setHeader(name, value);
				next();
			}),
		fastify: (app) =>
			app.addHook("onRequest", (_request, reply, done) => {
				reply.raw.setHeader(name, value);
				done();
			}),
	};
}

function cspOf(reply: Reply): string {
	return reply.headers["content-security-policy"] as string;
}
