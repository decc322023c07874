/** Sessions that all processes share, in a real Redis. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, type TestContext } from "node:test";
import { ADAPTERS, EXPRESS_5, FASTIFY_PLUGIN, type Kind } from "../process/kinds.ts";
import { type How, type Serving, serve } from "../process/run.ts";
import { scenario } from "../process/scenario.ts";
import { ask } from "./ask.ts";
import { startCluster } from "./rig/cluster.ts";
import { until } from "./rig/condition.ts";
import { startProxy } from "./rig/proxy.ts";
import { type Redis, startRedis } from "./rig/server.ts";
import { createVisitor, idOf } from "./visitor.ts";

const BOTH: readonly Kind[] = [EXPRESS_5, FASTIFY_PLUGIN];
const TOGETHER = { concurrency: 2, timeout: 110_000 } as const;
const SECRET = "mX2pQ7vR9tLw4yKb8nHc5jFd3gSa6zEu";

async function start(t: TestContext, kind: Kind, url: string, how: How = {}): Promise<Serving> {
	return serve(t, kind, {
		...how,
		env: { REDIS_URL: url, REDIS_PREFIX: "shop:", SESSION_SECRET: SECRET, ...how.env },
		options: { redis: { commandTimeoutMs: 2_000 }, ...how.options },
	});
}

const keys = async (redis: Redis): Promise<readonly string[]> =>
	(await redis.command("KEYS", "shop:sess:*")) as string[];

describe("a session in Redis", TOGETHER, () => {
	scenario("K2", ADAPTERS, "is shared by two instances, and outlives both", async (t, kind) => {
		const redis = await startRedis(t);
		const [one, other] = await Promise.all([start(t, kind, redis.url), start(t, kind, redis.url)]);
		const visitor = createVisitor(one.port);
		assert.deepEqual((await visitor.ask("/views")).json(), { views: 1 });
		assert.deepEqual((await visitor.ask("/views", other.port)).json(), { views: 2 });
		for (const program of [one, other]) {
			program.signal("SIGTERM");
			await program.exits(0);
		}
		const again = await start(t, kind, redis.url);
		assert.deepEqual((await visitor.ask("/views", again.port)).json(), { views: 3 });
		assert.equal((await keys(redis)).length, 1);
	});

	scenario(
		"N144",
		BOTH,
		"has a time to live there, which agrees with what it says of itself",
		async (t, kind) => {
			const redis = await startRedis(t);
			const { port } = await start(t, kind, redis.url, { options: { session: { idleTimeoutMs: 600_000 } } });
			const visitor = createVisitor(port);
			await visitor.ask("/views");
			const key = `shop:sess:${idOf(visitor)}`;
			const ttlMs = Number(await redis.command("PTTL", key));
			assert.ok(ttlMs > 540_000 && ttlMs <= 600_000, String(ttlMs));
			const { cookie } = JSON.parse(String(await redis.command("GET", key))) as {
				cookie: { expires: string };
			};
			assert.ok(
				Math.abs(Date.parse(cookie.expires) - Date.now() - Number(await redis.command("PTTL", key))) < 1_000,
			);
		},
	);

	scenario("N138", BOTH, "has a new id at a login, and is gone after a logout", async (t, kind) => {
		const redis = await startRedis(t);
		const { port } = await start(t, kind, redis.url);
		const visitor = createVisitor(port);
		await visitor.ask("/views");
		const before = idOf(visitor);
		await visitor.ask("/login");
		assert.notEqual(idOf(visitor), before);
		assert.deepEqual(await keys(redis), [`shop:sess:${idOf(visitor)}`]);
		assert.deepEqual((await visitor.ask("/look")).json(), { views: null, user: "ada" });
		await visitor.ask("/logout");
		assert.deepEqual([await keys(redis), visitor.cookies.size], [[], 0]);
	});

	scenario("N137", BOTH, "is not brought back by a request that writes to it late", async (t, kind) => {
		const redis = await startRedis(t);
		const program = await start(t, kind, redis.url);
		const visitor = createVisitor(program.port);
		await visitor.ask("/login");
		const late = ask(program.port, "/writes-late", { cookie: visitor.cookie() });
		await program.says("held");
		await visitor.ask("/logout");
		program.tell("release");
		assert.deepEqual((await late).headers.getSetCookie(), []);
		assert.deepEqual(await keys(redis), []);
	});

	scenario("N134", BOTH, "that cannot be read is none, is deleted, and is told of", async (t, kind) => {
		const redis = await startRedis(t);
		const program = await start(t, kind, redis.url);
		const corrupt: readonly (readonly [string, ...string[]])[] = [
			["SET", "{ not json"],
			["SET", "[]"],
			["SET", '"text"'],
			["RPUSH", "of another type"],
		];
		for (const [command, ...rest] of corrupt) {
			const visitor = createVisitor(program.port);
			await visitor.ask("/views");
			const key = `shop:sess:${idOf(visitor)}`;
			await redis.command("DEL", key);
			await redis.command(command, key, ...rest);
			assert.deepEqual((await visitor.ask("/look")).json(), { views: null, user: null });
			await until("the key is deleted", async () => (await redis.command("EXISTS", key)) === 0);
			assert.deepEqual((await visitor.ask("/views")).json(), { views: 1 });
		}
		const told = program.lines().filter(({ code }) => code === "SESSION_CORRUPT");
		assert.equal(told.length, corrupt.length);
	});

	scenario(
		"S1",
		BOTH,
		"of connect-redis goes on: the same key, the same text, the same cookie",
		async (t, kind) => {
			const redis = await startRedis(t);
			const { port } = await start(t, kind, redis.url);
			const id = "kept-since-before";
			const stored = {
				views: 41,
				cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: "/" },
			};
			await redis.command("SET", `shop:sess:${id}`, JSON.stringify(stored), "EX", 1_000);
			const signature = createHmac("sha256", SECRET).update(id).digest("base64").replace(/=+$/, "");
			const cookie = `sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
			assert.equal((await ask(port, "/views", { cookie })).text, '{"views":42}');
		},
	);

	scenario("C3", BOTH, "may lie in a cluster", async (t, kind) => {
		const cluster = await startCluster(t);
		const options = { redis: { topology: "cluster", commandTimeoutMs: 2_000 } };
		const { port } = await start(t, kind, cluster.urls.join(","), { options });
		for (let visitors = 0; visitors < 6; visitors++) {
			const visitor = createVisitor(port);
			await visitor.ask("/views");
			assert.deepEqual((await visitor.ask("/views")).json(), { views: 2 });
		}
	});
});

describe("what a session costs", TOGETHER, () => {
	scenario("RL2 S1", ADAPTERS, "it is asked for together with the limit: one round trip", async (t, kind) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const { port } = await start(t, kind, proxy.url);
		const visitor = createVisitor(port);
		await visitor.ask("/views");
		await visitor.ask("/look");
		await redis.resetCounts();
		const before = proxy.roundTrips();
		for (let requests = 0; requests < 10; requests++) assert.equal((await visitor.ask("/look")).status, 200);
		assert.deepEqual(await redis.commandCounts(), { evalsha: 10, incr: 10, pttl: 10, get: 10 });
		assert.equal(proxy.roundTrips() - before, 10);
	});

	scenario(
		"S3",
		ADAPTERS,
		"nothing without a cookie, nor with one that nobody has signed",
		async (t, kind) => {
			const redis = await startRedis(t);
			const { port } = await start(t, kind, redis.url, { options: { rateLimit: false } });
			const visitor = createVisitor(port);
			await visitor.ask("/views");
			await redis.resetCounts();
			await ask(port, "/look");
			for (const cookie of [
				`${visitor.cookie()}x`,
				visitor.cookie().replace(/=s(%3A|:)/, "=s:x"),
				"sid=s%3Aabc.def",
			]) {
				assert.equal((await ask(port, "/look", { cookie })).text, '{"views":null,"user":null}');
			}
			for (const path of ["/livez", "/readyz"]) await visitor.ask(path);
			assert.deepEqual(await redis.commandCounts(), {});
		},
	);

	scenario("RL2", BOTH, "nothing for a client whose limit is used up", async (t, kind) => {
		const redis = await startRedis(t);
		const { port } = await start(t, kind, redis.url, { options: { rateLimit: { limit: 2 } } });
		const visitor = createVisitor(port);
		for (const status of [200, 200, 429]) assert.equal((await visitor.ask("/views")).status, status);
		await redis.resetCounts();
		for (let requests = 0; requests < 5; requests++) assert.equal((await visitor.ask("/views")).status, 429);
		assert.deepEqual(await redis.commandCounts(), {});
	});
});
