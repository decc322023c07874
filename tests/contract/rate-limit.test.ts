import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { clientKey } from "@production-ready/core/adapter";
import { rateLimit } from "@production-ready/express";
import { rateLimit as userLimit } from "express-rate-limit";
import {
	addExpressRoute,
	FACTORIES,
	forEachServer,
	hello,
	type Reply,
	type Server,
	stable,
	tell,
} from "./servers.ts";

/** Statuses of so many requests, one after another. */
async function statuses(server: Server, path: string, count: number, headers = {}): Promise<number[]> {
	const seen: number[] = [];
	for (let index = 0; index < count; index++) seen.push((await server.get(path, headers)).status);
	return seen;
}

function left({ headers }: Reply): number {
	const match = /^"default";r=(\d+);t=(\d+)$/.exec(String(headers.ratelimit));
	assert.ok(match, `RateLimit: ${headers.ratelimit}`);
	assert.ok(Number(match[2]) >= 1 && Number(match[2]) <= 60);
	return Number(match[1]);
}

forEachServer(({ start, gaps }) => {
	test("the standard headers count down to a 429 that says when to come back", async (t) => {
		const server = await start(t, { options: { rateLimit: { limit: 3 } }, routes: [hello()] });
		for (const expected of [2, 1, 0]) {
			const reply = await server.get("/");
			assert.deepEqual([reply.status, left(reply)], [200, expected]);
			assert.equal(reply.headers["ratelimit-policy"], '"default";q=3;w=60');
			assert.equal(reply.headers["retry-after"], undefined);
		}
		const refused = await server.get("/", { "x-request-id": "refused-1" });
		assert.equal(refused.status, 429);
		assert.equal(left(refused), 0);
		assert.ok(Number(refused.headers["retry-after"]) >= 1 && Number(refused.headers["retry-after"]) <= 60);
		assert.equal(
			refused.text,
			'{"type":"about:blank","title":"Too Many Requests","status":429,"requestId":"refused-1"}',
		);
		const line = await server.line({ requestId: "refused-1" });
		assert.deepEqual([line.status, line.level, line.ip], [429, 40, "127.0.0.1"]);
		assert.match(line.reason, /^more than \d+ requests in 60 s, of the limit default$/);
	});

	test("the defaults are 300 a minute, and 600 for pages", async (t) => {
		const api = await start(t, { routes: [hello()] });
		assert.equal((await api.get("/")).headers["ratelimit-policy"], '"default";q=300;w=60');
		const web = await start(t, { options: { preset: "web" }, routes: [hello()] });
		assert.equal((await web.get("/")).headers["ratelimit-policy"], '"default";q=600;w=60');
		const internal = await start(t, { options: { preset: "internal" }, routes: [hello()] });
		assert.equal((await internal.get("/")).headers["ratelimit-policy"], undefined);
	});

	test("paths that do not exist are counted", async (t) => {
		const server = await start(t, { options: { rateLimit: { limit: 2 } } });
		assert.deepEqual(await statuses(server, "/scan", 3), [404, 404, 429]);
	});

	test("a refused request does not reach the body or the route", async (t) => {
		let reached = 0;
		const server = await start(t, {
			options: { rateLimit: { limit: 1 } },
			routes: [tell("/", () => ++reached, { method: "POST", body: "json" })],
		});
		const post = async (body: string): Promise<number> =>
			(await server.ask("/", { method: "POST", headers: { "content-type": "application/json" }, body }))
				.status;
		assert.deepEqual([await post("{}"), await post("{ not json"), reached], [200, 429, 1]);
	});

	test("the program says what counts as one client, and what is not counted", async (t) => {
		const server = await start(t, {
			options: {
				rateLimit: {
					limit: 1,
					key: (request: { headers: Record<string, string> }) => request.headers["x-api-key"] ?? "nobody",
					skip: (request: { headers: Record<string, string> }) => request.headers["x-skip"] === "yes",
				},
			},
			routes: [hello()],
		});
		assert.deepEqual(await statuses(server, "/", 2, { "x-api-key": "a" }), [200, 429]);
		assert.deepEqual(await statuses(server, "/", 2, { "x-api-key": "b" }), [200, 429]);
		assert.deepEqual(await statuses(server, "/", 3, { "x-api-key": "a", "x-skip": "yes" }), [200, 200, 200]);
	});

	test("a key that throws becomes a 500 of ours, and the server lives on", async (t) => {
		const server = await start(t, {
			options: {
				rateLimit: {
					key: (request: { url: string }) => {
						if (request.url === "/bad") throw new Error("no such header");
						return "all";
					},
				},
			},
			routes: [hello()],
		});
		const reply = await server.get("/bad");
		assert.equal(reply.status, 500);
		assert.equal(reply.headers["content-type"], "application/problem+json; charset=utf-8");
		assert.doesNotMatch(reply.text, /no such header/);
		assert.equal((await server.get("/")).status, 200);
	});

	test("a route's limit may go by what the body says, and by several things at once", async (t) => {
		const key = ({ body, headers }: { body: { account: string }; headers: Record<string, string> }) => [
			body.account,
			headers["x-device"],
		];
		const server = await start(t, {
			options: { rateLimit: { limit: 100 } },
			routes: [
				{
					...tell("/login", () => "in", { method: "POST", body: "json" }),
					own: { rateLimit: { limit: 2, name: "login", key: key as never } },
				},
			],
		});
		const logIn = async (account: string, device: string): Promise<number> => {
			const reply = await server.ask("/login", {
				method: "POST",
				headers: { "content-type": "application/json", "x-device": device },
				body: JSON.stringify({ account }),
			});
			return reply.status;
		};
		assert.deepEqual(
			[await logIn("ada", "phone"), await logIn("ada", "laptop"), await logIn("ada", "desk")],
			[200, 200, 429],
		);
		assert.deepEqual(
			[await logIn("bob", "desk"), await logIn("eve", "desk"), await logIn("joe", "desk")],
			[200, 429, 429],
		);
	});

	test("no refusal is told where a route's own limit serves the request", async (t) => {
		const outcomes: string[] = [];
		const listen = (message: unknown): void => {
			const { limiter, outcome } = message as { limiter: string; outcome: string };
			outcomes.push(`${limiter} ${outcome}`);
		};
		subscribe("production-ready:rate-limit", listen);
		t.after(() => unsubscribe("production-ready:rate-limit", listen));
		const server = await start(t, {
			options: { rateLimit: { limit: 1 } },
			routes: [hello(), { ...hello("/own"), own: { rateLimit: { limit: 2, name: "own" } } }],
		});
		assert.deepEqual(await statuses(server, "/", 2), [200, 429]);
		outcomes.length = 0;
		assert.deepEqual(await statuses(server, "/own", 3), [200, 200, 429]);
		assert.ok(!outcomes.includes("app refused"), outcomes.join());
		assert.deepEqual(
			outcomes.filter((outcome) => outcome.startsWith("own")),
			["own allowed", "own allowed", "own refused"],
		);
	});

	test("a limit without a name is told apart by what it is, alike on every framework", async (t) => {
		const limiters = new Set<string>();
		const listen = (message: unknown): void => void limiters.add((message as { limiter: string }).limiter);
		subscribe("production-ready:rate-limit", listen);
		t.after(() => unsubscribe("production-ready:rate-limit", listen));
		const server = await start(t, {
			options: { rateLimit: false },
			routes: [{ ...hello("/own"), own: { rateLimit: { limit: 2 } } }],
		});
		await server.get("/own");
		await server.ask("/own", { method: "HEAD" });
		assert.deepEqual([...limiters], ["2-in-60000"]);
		assert.equal((await server.get("/own")).status, 429);
	});

	test("a dry run counts, and refuses nobody", async (t) => {
		const outcomes: string[] = [];
		const listen = (message: unknown): void => void outcomes.push((message as { outcome: string }).outcome);
		subscribe("production-ready:rate-limit", listen);
		t.after(() => unsubscribe("production-ready:rate-limit", listen));
		const server = await start(t, {
			options: { rateLimit: { limit: 1, dryRun: true } },
			routes: [hello()],
		});
		assert.deepEqual(await statuses(server, "/", 3), [200, 200, 200]);
		assert.deepEqual(outcomes, ["allowed", "would-be-refused", "would-be-refused"]);
	});

	test("a route's own limit counts for itself, stricter than the app's", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 4 } },
			routes: [hello(), { ...hello("/login"), own: { rateLimit: { limit: 2, windowMs: 30_000 } } }],
		});
		const first = await server.get("/login");
		assert.equal(first.headers["ratelimit-policy"], '"default";q=2;w=30');
		assert.deepEqual(await statuses(server, "/login", 2), [200, 429]);
		assert.deepEqual(await statuses(server, "/", 5), [200, 200, 200, 200, 429], "the app's is not used up");
	});

	test("a route's own limit may be looser than the app's, also when that is used up", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 1 } },
			routes: [hello(), { ...hello("/search/:term"), own: { rateLimit: { limit: 5 } } }],
		});
		assert.deepEqual(await statuses(server, "/", 2), [200, 429]);
		assert.deepEqual(await statuses(server, "/search/a", 6), [200, 200, 200, 200, 200, 429]);
		assert.equal((await server.get("/search/b")).headers["ratelimit-policy"], '"default";q=5;w=60');
		assert.deepEqual(await statuses(server, "/", 1), [429]);
	});

	test("a window ends, and the client may come again", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
		const server = await start(t, {
			options: { rateLimit: { limit: 1, windowMs: 1_000 } },
			routes: [hello()],
		});
		assert.deepEqual(await statuses(server, "/", 2), [200, 429]);
		t.mock.timers.tick(999);
		assert.deepEqual(await statuses(server, "/", 1), [429]);
		t.mock.timers.tick(1);
		assert.deepEqual(await statuses(server, "/", 2), [200, 429]);
	});

	test("a limiter of the program's before ours counts, and ours stands down and says so", {
		skip: gaps.before,
	}, async (t) => {
		const limit = userLimit({ limit: 2, standardHeaders: "draft-8", legacyHeaders: false });
		const server = await start(t, {
			options: { rateLimit: { limit: 1 } },
			before: {
				express: (app) => app.use(limit),
				fastify: (app) =>
					app.addHook("onRequest", (_request, reply, done) => {
						reply.raw.setHeader("x-ratelimit-limit", "2");
						done();
					}),
			},
			routes: [hello()],
		});
		const first = await server.get("/");
		assert.notEqual(first.headers["ratelimit-policy"], '"default";q=1;w=60');
		assert.deepEqual(await statuses(server, "/", 1), [200], "ours would have refused");
		const line = await server.line({ code: "PART_STANDS_DOWN" });
		assert.match(line.msg, /rate limiter/);
		assert.equal(server.lines.filter(({ code }) => code === "PART_STANDS_DOWN").length, 1);
	});
});

test("every server refuses with the same headers and the same bytes", async (t) => {
	const replies: Reply[] = [];
	t.mock.timers.enable({ apis: ["Date"], now: 1_700_000_000_000 });
	for (const { start } of FACTORIES) {
		const server = await start(t, { options: { rateLimit: { limit: 1 } }, routes: [hello()] });
		await server.get("/");
		replies.push(await server.get("/", { "x-request-id": "refused" }));
	}
	for (const reply of replies) {
		assert.equal(reply.status, 429);
		assert.equal(reply.headers["retry-after"], "60");
		assert.deepEqual(stable(reply), stable(replies[0]!));
		assert.deepEqual(reply.bytes, replies[0]!.bytes);
	}
});

test("an IPv6 client is its /56, an IPv4 client its address", () => {
	const cases: readonly (readonly [address: string, key: string])[] = [
		["203.0.113.7", "203.0.113.7"],
		["2001:db8:1:1200::1", "2001:db8:1:1200::/56"],
		["2001:db8:1:12ff:ffff:ffff:ffff:ffff", "2001:db8:1:1200::/56"],
		["2001:db8:1:1300::1", "2001:db8:1:1300::/56"],
		["2001:db8::1", "2001:db8:0:0::/56"],
		["::1", "0:0:0:0::/56"],
		["unknown", "unknown"],
		["a:b", "a:b"],
	];
	for (const [address, key] of cases) assert.equal(clientKey(address), key);
});

for (const { name, start } of FACTORIES.filter(({ framework }) => framework === "express")) {
	test(`a looser limit inside of nested routers is found (${name})`, async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 1 } },
			routes: [hello()],
			beforeRoutes: {
				express(app, express) {
					const inner = express.Router();
					addExpressRoute(inner as never, express, {
						...hello("/items/:id"),
						own: { rateLimit: { limit: 3 } },
					});
					inner.get("/plain", (_request, response) => void response.send("plain"));
					const outer = express.Router();
					outer.use("/v1", inner);
					const loose = express.Router();
					loose.use(rateLimit({ limit: 3 }));
					loose.get("/:id", (_request, response) => void response.send("loose"));
					app.use("/api", outer);
					app.use("/loose", loose);
				},
			},
		});
		assert.deepEqual(await statuses(server, "/", 2), [200, 429]);
		assert.deepEqual(await statuses(server, "/api/v1/items/7", 4), [200, 200, 200, 429]);
		assert.deepEqual(await statuses(server, "/loose/7", 4), [200, 200, 200, 429]);
		assert.deepEqual(await statuses(server, "/api/v1/plain", 1), [429]);
		assert.deepEqual(await statuses(server, "/api/v1/nowhere", 1), [429]);
	});
}
