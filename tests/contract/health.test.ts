import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { hostname } from "node:os";
import { test } from "node:test";
import { addReadinessCheck } from "@production-ready/core/health";
import { shutdown } from "@production-ready/core/lifecycle";
import { type Answer, forEachServer, hello, type Reply, stable, tell } from "./servers.ts";

const TOKEN = "a-token-of-the-operator";
const BEARER = { authorization: `Bearer ${TOKEN}` };

function check(reply: Reply, status: number, body: object | ""): void {
	assert.deepEqual([reply.status, reply.text], [status, body === "" ? "" : JSON.stringify(body)]);
	assert.equal(reply.headers["cache-control"], "no-store");
	assert.equal(reply.headers["content-type"], "application/json; charset=utf-8");
}

forEachServer(({ start }) => {
	test("T163 probes are answered without a route, and a HEAD probe without a body", async (t) => {
		const server = await start(t);
		for (const path of ["/livez", "/readyz", "/startupz"]) {
			check(await server.get(path), 200, { status: "ok" });
			check(await server.get(`${path}?from=balancer`), 200, { status: "ok" });
			const head = await server.ask(path, { method: "HEAD" });
			check(head, 200, "");
			assert.equal(head.headers["content-length"], "15");
		}
	});

	test("H95 only the exact path is a probe", async (t) => {
		const server = await start(t);
		const others = [
			"/livez/",
			"//livez",
			"/LIVEZ",
			"/livez/x",
			"/livezz",
			"/%6civez",
			"/x/livez",
			"/livez;a=b",
			"/livez.",
			"/livez%00",
			"/livez%3Fx",
			"/livez%2f",
			"/./livez",
			"/x/../livez",
			"/livez/..",
			"/livez/../admin",
			"/livez/%2e%2e/admin",
			"/livez;/../admin",
			"/\\livez",
		];
		for (const path of others) assert.equal((await server.get(path)).status, 404, path);
	});

	test("H95 what only looks like a probe passes no limit and no guard, and has its line", async (t) => {
		const admin = tell("/livez/admin", ({ request }) => (request.headers.authorization ? "secret" : "no"));
		const server = await start(t, { options: { rateLimit: { limit: 3 } }, routes: [admin] });
		assert.equal((await server.get("/livez/admin")).json(), "no");
		assert.equal((await server.get("/livez/../livez/admin")).status, 404);
		assert.equal((await server.get("//livez/admin")).status, 404);
		for (const path of [
			"/livez/admin",
			"/livez/",
			"/%6civez",
			"//livez",
			"/livez;x",
			"/LIVEZ",
			"/livez/../admin",
		]) {
			assert.equal((await server.get(path)).status, 429, path);
			await server.line({ status: 429, path });
		}
		for (const path of ["/livez", "/livez?x", "/livez?", "/livez?/../admin", "/livez?x;y#z"]) {
			check(await server.get(path), 200, { status: "ok" });
		}
		assert.equal(server.lines.filter(({ path }) => path === "/livez").length, 0);
	});

	test("H95 a probe asked for with its whole address is none, on every framework", async (t) => {
		const server = await start(t, { options: { rateLimit: { limit: 1 } } });
		const ask = () => server.raw("GET http://a/livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
		assert.match(await ask(), /^HTTP\/1.1 404 /);
		assert.match(await ask(), /^HTTP\/1.1 429 /);
	});

	test("other methods on a probe's path belong to the program", async (t) => {
		const routes = (["POST", "PUT", "DELETE"] as const).map((method) =>
			tell("/livez", () => method, { method }),
		);
		const server = await start(t, { routes });
		for (const { method } of routes) {
			assert.equal((await server.ask("/livez", { method: method! })).json(), method);
		}
	});

	test("paths can be chosen, and the others are the program's again", async (t) => {
		const server = await start(t, {
			options: { health: { livePath: "/internal/alive" } },
			routes: [tell("/livez", () => "mine")],
		});
		check(await server.get("/internal/alive"), 200, { status: "ok" });
		assert.equal((await server.get("/livez")).json(), "mine");
		check(await server.get("/readyz"), 200, { status: "ok" });
	});

	test("T162 probes are not logged, not limited, and use up nobody's limit", async (t) => {
		const server = await start(t, { options: { rateLimit: { limit: 2 } }, routes: [hello()] });
		assert.equal((await server.get("/")).status, 200);
		for (let count = 0; count < 5; count++) assert.equal((await server.get("/readyz")).status, 200);
		const second = await server.get("/");
		assert.match(second.headers.ratelimit as string, /^"default";r=0;/);
		assert.equal((await server.get("/")).status, 429);
		const probe = await server.get("/livez");
		check(probe, 200, { status: "ok" });
		assert.equal(probe.headers.ratelimit, undefined);
		await server.line({ status: 429 });
		assert.deepEqual(
			server.lines.filter((line) => line.status !== undefined).map((line) => line.status),
			[200, 200, 429],
		);
	});

	test("T157 a thousand probes at once ask a dependency once", async (t) => {
		const server = await start(t, { options: { health: { token: TOKEN } } });
		let asked = 0;
		const dependency = new EventEmitter();
		addReadinessCheck(
			"database",
			async () => {
				asked++;
				await once(dependency, "answer");
			},
			{ timeoutMs: 30_000, ttlMs: 30_000 },
		);
		const first = server.get("/readyz", BEARER);
		const others = Array.from({ length: 999 }, () => server.get("/readyz"));
		check(await server.get("/livez"), 200, { status: "ok" });
		dependency.emit("answer");
		check(await first, 200, {
			status: "ok",
			checks: [{ name: "database", status: "ok", isCritical: true }],
		});
		for (const reply of await Promise.all(others)) check(reply, 200, { status: "ok" });
		assert.equal(asked, 1);
	});

	test("T159 T160 a check that fails is told as 503, its reason in the log and the client told nothing", async (t) => {
		const server = await start(t, { options: { health: { token: TOKEN } } });
		addReadinessCheck("database", () => {
			throw new Error("connect ECONNREFUSED 10.1.2.3:5432");
		});
		const reply = await server.get("/readyz");
		check(reply, 503, { status: "unavailable" });
		check(await server.get("/livez"), 200, { status: "ok" });
		check(await server.get("/startupz"), 200, { status: "ok" });
		const line = await server.line({ code: "READINESS_CHANGED" });
		assert.deepEqual([line.check, line.status, line.level], ["database", "failed", 50]);
		assert.deepEqual([line.isCritical, line.msg], [true, 'readiness check "database": failed']);
		assert.match(line.err.message, /ECONNREFUSED/);
	});

	test("a check that fails and does not count says so in its line, while the answer stays 200", async (t) => {
		const server = await start(t);
		let isWell = false;
		addReadinessCheck("cache", () => isWell, { isCritical: false, ttlMs: 0 });
		check(await server.get("/readyz"), 200, { status: "ok" });
		const line = await server.line({ code: "READINESS_CHANGED", status: "failed" });
		assert.deepEqual([line.check, line.level, line.isCritical], ["cache", 40, false]);
		assert.equal(line.msg, 'readiness check "cache": failed, which is reported and makes no 503');
		isWell = true;
		check(await server.get("/readyz"), 200, { status: "ok" });
		assert.equal(
			(await server.line({ code: "READINESS_CHANGED", status: "ok" })).msg,
			'readiness check "cache": ok',
		);
	});

	test("T161 what a check may say besides: false is a no, undefined a yes", async (t) => {
		const server = await start(t, { options: { health: { token: TOKEN } } });
		const cases: readonly (readonly [name: string, check: () => unknown, status: string])[] = [
			["undefined", () => undefined, "ok"],
			["false", () => false, "failed"],
			["false later", async () => false, "failed"],
			["rejects null", () => Promise.reject(null), "failed"],
			[
				"throws null",
				() => {
					throw null;
				},
				"failed",
			],
			["rejects undefined", () => Promise.reject(), "failed"],
			["null", () => null, "ok"],
		];
		for (const [name, ask] of cases) addReadinessCheck(name, ask);
		const { checks } = (await server.get("/readyz", BEARER)).json();
		assert.deepEqual(
			checks,
			cases.map(([name, , status]) => ({ name, status, isCritical: true })),
		);
	});

	test("T156 a check that hangs is a 503 when its time is over, and is told to give up", async (t) => {
		const server = await start(t, { options: { health: { token: TOKEN } } });
		let asked = 0;
		const told = new EventEmitter();
		addReadinessCheck(
			"queue",
			(signal) => {
				asked++;
				signal.addEventListener("abort", () => told.emit("abort"));
				return new Promise(() => {});
			},
			{ timeoutMs: 20, ttlMs: 1 },
		);
		const aborted = once(told, "abort");
		const started = performance.now();
		check(await server.get("/readyz", BEARER), 503, {
			status: "unavailable",
			checks: [{ name: "queue", status: "timeout", isCritical: true }],
		});
		assert.ok(performance.now() - started < 5_000);
		await aborted;
		check(await server.get("/readyz"), 503, { status: "unavailable" });
		assert.equal(asked, 1, "one question hangs, not one a probe");
	});

	test("a check that is not critical degrades the details alone, and one that was taken away is not asked", async (t) => {
		const server = await start(t, { options: { health: { token: TOKEN } } });
		addReadinessCheck("cache", () => false, { isCritical: false });
		const remove = addReadinessCheck("gone", () => false);
		remove();
		check(await server.get("/readyz", BEARER), 200, {
			status: "ok",
			checks: [{ name: "cache", status: "failed", isCritical: false }],
		});
	});

	test("T160 details are for who has the token", async (t) => {
		const server = await start(t, { options: { health: { token: TOKEN } } });
		addReadinessCheck("database", () => true);
		const strangers = [
			undefined,
			"",
			"Bearer",
			"Bearer ",
			TOKEN,
			`Bearer ${TOKEN} `.trimEnd().slice(0, -1),
			`Bearer ${TOKEN}x`,
			`bearer ${TOKEN.toUpperCase()}`,
			`Basic ${TOKEN}`,
			"\u00e9".repeat(30),
		];
		for (const authorization of strangers) {
			const headers = authorization === undefined ? {} : { authorization };
			check(await server.get("/readyz", headers), 200, { status: "ok" });
		}
		assert.equal((await server.get("/readyz", BEARER)).json().checks.length, 1);
	});

	test("T160 without a token nobody is told details", async (t) => {
		const server = await start(t);
		addReadinessCheck("database", () => true);
		check(await server.get("/readyz", { authorization: "Bearer undefined" }), 200, { status: "ok" });
	});

	test("T160 a probe tells nothing of the machine, the versions or the error, with the token neither", async (t) => {
		const server = await start(t, { options: { health: { token: TOKEN } } });
		addReadinessCheck("database", () => {
			throw Object.assign(new Error("connect postgres://app:s3cr3t@10.1.2.3:5432/shop"), {
				code: "ECONNREFUSED",
			});
		});
		const facts = [process.version.slice(1), "s3cr3t", "10.1.2.3", "ECONNREFUSED", "    at "];
		for (const headers of [{}, BEARER]) {
			for (const path of ["/livez", "/readyz", "/startupz"]) {
				const reply = await server.get(path, headers);
				const told = `${reply.rawHeaders.join("\n")}\n${reply.text}`;
				for (const fact of facts) assert.ok(!told.includes(fact), `${path}: ${fact} in ${told}`);
				assert.ok(!told.split(/[^\w.-]+/).includes(hostname()), told);
				assert.equal(reply.headers["x-powered-by"] ?? reply.headers.server, undefined);
			}
		}
	});

	test("T157 what a check said before is no answer once the process ends", async (t) => {
		const handler = new EventEmitter();
		const server = await start(t, {
			options: { shutdown: { deadlineMs: 5_000, drainDelayMs: 2_000 } },
			routes: [
				{
					path: "/slow",
					handle: async (): Promise<Answer> => {
						handler.emit("begun");
						await once(handler, "end");
						return { body: "done" };
					},
				},
			],
		});
		let asked = 0;
		addReadinessCheck("database", () => void asked++, { ttlMs: 60_000 });
		for (let count = 0; count < 3; count++) check(await server.get("/readyz"), 200, { status: "ok" });
		assert.equal(asked, 1);
		const begun = once(handler, "begun");
		const slow = server.get("/slow");
		await begun;
		void shutdown("test");
		check(await server.get("/readyz"), 503, { status: "unavailable" });
		assert.equal(asked, 1);
		handler.emit("end");
		await slow;
	});

	test("T162 a loop that was kept busy answers its probes when it is free", async (t) => {
		const server = await start(t, {
			routes: [
				tell("/busy", () => {
					const endMs = performance.now() + 100;
					while (performance.now() < endMs);
				}),
			],
		});
		const [busy, probe] = await Promise.all([server.get("/busy"), server.get("/livez")]);
		assert.equal(busy.status, 200);
		check(probe, 200, { status: "ok" });
	});

	test("a probe has its id and the security headers", async (t) => {
		const server = await start(t);
		const headers = stable(await server.get("/livez", { "x-request-id": "probe-1" }));
		assert.equal(headers["x-request-id"], "probe-1");
		assert.equal(headers["x-content-type-options"], "nosniff");
	});

	test("P16 while the process ends it is alive and no longer ready, whatever its checks do", async (t) => {
		const handler = new EventEmitter();
		const server = await start(t, {
			options: { shutdown: { deadlineMs: 5_000, drainDelayMs: 2_000 } },
			routes: [
				{
					path: "/slow",
					handle: async (): Promise<Answer> => {
						handler.emit("begun");
						await once(handler, "end");
						return { body: "done" };
					},
				},
			],
		});
		addReadinessCheck("hangs", () => new Promise(() => {}), { timeoutMs: 50_000 });
		const begun = once(handler, "begun");
		const slow = server.get("/slow");
		await begun;
		void shutdown("test");
		check(await server.get("/readyz"), 503, { status: "unavailable" });
		check(await server.get("/livez"), 200, { status: "ok" });
		check(await server.get("/startupz"), 200, { status: "ok" });
		handler.emit("end");
		assert.equal((await slow).text, "done");
	});
});
