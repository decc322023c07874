/** One limit for all processes, counted by a real Redis. */
import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import { ADAPTERS, EXPRESS_5, FASTIFY_PLUGIN, type Kind } from "../process/kinds.ts";
import { type How, type Serving, serve } from "../process/run.ts";
import { scenario } from "../process/scenario.ts";
import { ask, askAtOnce } from "./ask.ts";
import { startCluster } from "./rig/cluster.ts";
import { type Redis, startRedis } from "./rig/server.ts";

const BOTH: readonly Kind[] = [EXPRESS_5, FASTIFY_PLUGIN];
/** Few at a time: each has a Redis and up to four programs. */
const TOGETHER = { concurrency: 2, timeout: 110_000 } as const;

async function start(
	t: TestContext,
	kind: Kind,
	redis: { url: string },
	rateLimit: object,
	how: How = {},
): Promise<Serving> {
	const env = { REDIS_URL: redis.url, REDIS_PREFIX: "shop:", ...how.env };
	return serve(t, kind, {
		...how,
		options: { rateLimit, redis: { commandTimeoutMs: 2_000 }, ...how.options },
		env,
	});
}

const PREFIX = "shop:limit:fixed:app:";

describe("four processes and one limit", TOGETHER, () => {
	for (const algorithm of ["fixed", "sliding"]) {
		scenario("R118", BOTH, `it is kept to the request (${algorithm})`, async (t, kind) => {
			const redis = await startRedis(t);
			const limit = { limit: 100, windowMs: 600_000, algorithm };
			const programs = await Promise.all([1, 2, 3, 4].map(() => start(t, kind, redis, limit)));
			const ports = programs.map(({ port }) => port);
			assert.deepEqual(await askAtOnce(ports, 240), { 200: 100, 429: 140 });
		});
	}

	scenario("R116", BOTH, "whatever their clocks say", async (t, kind) => {
		const redis = await startRedis(t);
		const minutes = [-10, 0, 10];
		const programs = await Promise.all(
			minutes.map((off) => start(t, kind, redis, { limit: 10 }, { execArgv: ["--import", clockOff(off)] })),
		);
		const statuses: number[] = [];
		for (let round = 0; round < 4; round++) {
			for (const { port } of programs) statuses.push((await ask(port)).status);
		}
		assert.deepEqual(statuses, [...Array(10).fill(200), 429, 429]);
	});

	scenario("R119", BOTH, "also where Redis forgets its scripts meanwhile", async (t, kind) => {
		const redis = await startRedis(t);
		const programs = await Promise.all([1, 2].map(() => start(t, kind, redis, { limit: 50 })));
		const ports = programs.map(({ port }) => port);
		const [seen] = await Promise.all([askAtOnce(ports, 120), redis.command("SCRIPT", "FLUSH")]);
		assert.deepEqual(seen, { 200: 50, 429: 70 });
	});

	scenario("R119", BOTH, "and where it forgets its keys, no more than once more", async (t, kind) => {
		const redis = await startRedis(t);
		const programs = await Promise.all([1, 2].map(() => start(t, kind, redis, { limit: 20 })));
		const ports = programs.map(({ port }) => port);
		const [seen] = await Promise.all([askAtOnce(ports, 120), redis.command("FLUSHALL")]);
		assert.ok(seen[200]! >= 20 && seen[200]! <= 40, JSON.stringify(seen));
		assert.equal(seen[200]! + seen[429]!, 120);
	});
});

describe("a number that Redis has no database for", TOGETHER, () => {
	scenario("R125", BOTH, "is told of, and the keys are in number 0", async (t, kind) => {
		const redis = await startRedis(t);
		const program = await start(t, kind, { url: `${redis.url}/99` }, { limit: 2 });
		const line = await program.logs("redis has no such database: keys are kept in number 0");
		assert.deepEqual([line.code, line.database], ["REDIS_REFUSES", 99]);
		assert.equal((await ask(program.port)).status, 200);
	});

	scenario("R125", BOTH, "is not told of where there is one", async (t, kind) => {
		const redis = await startRedis(t);
		const program = await start(t, kind, { url: `${redis.url}/3` }, { limit: 2 });
		assert.equal((await ask(program.port)).status, 200);
		assert.equal(await redis.command("SELECT", 3), "OK");
		assert.equal(Number(await redis.command("DBSIZE")) > 0, true);
		program.signal("SIGTERM");
		await program.exitsSilently(0);
		assert.doesNotMatch(program.stdout.all(), /no such database/);
	});
});

/** A clock that is so many minutes wrong. */
function clockOff(minutes: number): string {
	const code = `const now = Date.now; Date.now = () => now() + ${minutes * 60_000};
		const RealDate = Date;
		globalThis.Date = class extends RealDate { constructor(...args) { args.length ? super(...args) : super(RealDate.now()); } };`;
	return `data:text/javascript,${encodeURIComponent(code)}`;
}

describe("what Redis is asked for", TOGETHER, () => {
	async function counted(
		redis: Redis,
		requests: () => Promise<unknown>,
	): Promise<Readonly<Record<string, number>>> {
		await redis.resetCounts();
		await requests();
		return redis.commandCounts();
	}

	scenario("RL2", ADAPTERS, "one command a request", async (t, kind) => {
		const redis = await startRedis(t);
		const { port } = await start(t, kind, redis, { limit: 100 });
		await ask(port);
		const counts = await counted(redis, async () => {
			for (let requests = 0; requests < 10; requests++) await ask(port);
		});
		assert.deepEqual(counts, { evalsha: 10, incr: 10, pttl: 10 });
	});

	scenario("RL2", ADAPTERS, "nothing for a key that is used up", async (t, kind) => {
		const redis = await startRedis(t);
		const { port } = await start(t, kind, redis, { limit: 1 });
		await ask(port);
		assert.equal((await ask(port)).status, 429);
		const counts = await counted(redis, () => askAtOnce([port], 20));
		assert.deepEqual(counts, {});
	});

	scenario("R128", ADAPTERS, "nothing for a probe, which is not limited; a 404 is", async (t, kind) => {
		const redis = await startRedis(t);
		const { port } = await start(t, kind, redis, { limit: 1 });
		await ask(port, "/nowhere");
		const counts = await counted(redis, async () => {
			for (const path of ["/livez", "/readyz", "/startupz"])
				assert.equal((await ask(port, path)).status, 200);
		});
		assert.deepEqual(counts, {});
		assert.equal((await ask(port, "/nowhere")).status, 429);
	});

	scenario(
		"R125",
		BOTH,
		"of a key that holds something else this process counts, and of others Redis",
		async (t, kind) => {
			const redis = await startRedis(t);
			const options = { extras: { keyed: "x-api-key" } };
			const program = await start(t, kind, redis, { limit: 2, instances: 2 }, options);
			await redis.command("RPUSH", `${PREFIX}key:bad`, "a list");
			const statuses = async (key: string): Promise<number[]> => {
				const seen: number[] = [];
				for (let hits = 0; hits < 3; hits++)
					seen.push((await ask(program.port, "/now", { "x-api-key": key })).status);
				return seen;
			};
			assert.deepEqual(
				[await statuses("bad"), await statuses("good")],
				[
					[200, 429, 429],
					[200, 200, 429],
				],
			);
			assert.equal((await program.logs("redis refuses what the rate limit asks for")).reason, "WRONGTYPE");
		},
	);

	scenario("R114", BOTH, "limits of other names, and keys that read alike, count apart", async (t, kind) => {
		const redis = await startRedis(t);
		const extras = { keyed: "x-api-key" };
		const [one, other] = await Promise.all(
			["orders", "orders.eu"].map((name) => start(t, kind, redis, { limit: 1, name }, { extras })),
		);
		for (const program of [one!, other!]) {
			for (const key of ["a", "a:b", "b"]) {
				assert.equal((await ask(program.port, "/now", { "x-api-key": key })).status, 200, key);
			}
		}
		assert.equal(((await redis.command("KEYS", "*")) as unknown[]).length, 6);
	});

	scenario("R115", BOTH, "keys are short and plain, whatever a client writes", async (t, kind) => {
		const redis = await startRedis(t);
		const { port } = await start(t, kind, redis, { limit: 5 }, { extras: { keyed: "x-api-key" } });
		for (const key of ["k".repeat(10_000), "{a}*?[b]", "a:b", "plain"])
			await ask(port, "/now", { "x-api-key": key });
		const keys = ((await redis.command("KEYS", "*")) as string[]).map((key) => key.slice(PREFIX.length));
		assert.equal(keys.length, 4);
		for (const key of keys) assert.match(key, /^key:(sha256:[\w-]{43}|a:b|plain)$/);
	});
});

describe("where Redis is", TOGETHER, () => {
	scenario(
		"R125",
		BOTH,
		"a cluster: its nodes count together, and learn the script one by one",
		async (t, kind) => {
			const cluster = await startCluster(t);
			const options = { redis: { topology: "cluster", commandTimeoutMs: 2_000 } };
			const env = { REDIS_URL: cluster.urls.join(",") };
			const programs = await Promise.all(
				[1, 2].map(() =>
					start(t, kind, { url: "" }, { limit: 3 }, { options, env, extras: { keyed: "x-api-key" } }),
				),
			);
			for (const key of ["a", "b", "c", "d", "e", "f"]) {
				const statuses: number[] = [];
				for (let hits = 0; hits < 4; hits++) {
					statuses.push((await ask(programs[hits % 2]!.port, "/now", { "x-api-key": key })).status);
				}
				assert.deepEqual(statuses, [200, 200, 200, 429], key);
			}
		},
	);

	scenario("C2", BOTH, "behind TLS, a user and a password", async (t, kind) => {
		const redis = await startRedis(t, {
			isTls: true,
			users: ["shop on >the-secret ~shop:* +@read +@write +@scripting +@connection +info"],
		});
		const url = redis.url.replace("://", "://shop@");
		const env = { REDIS_PASSWORD: "the-secret" };
		const tls = { ca: redis.ca, servername: "localhost" };
		const options = { redis: { tls, commandTimeoutMs: 2_000 } };
		const program = await start(t, kind, { url }, { limit: 1 }, { env, options });
		assert.deepEqual([(await ask(program.port)).status, (await ask(program.port)).status], [200, 429]);
		assert.equal(await redis.command("GET", `${PREFIX}address:127.0.0.1`), "1");
		program.signal("SIGTERM");
		await program.exits(0);
		assert.doesNotMatch(program.stdout.all() + program.stderr.all(), /the-secret/);
	});

	scenario("C4", BOTH, "keys begin with the app's name and its stage", async (t, kind) => {
		const redis = await startRedis(t);
		const env = { REDIS_URL: redis.url, APP_ENV: "staging" };
		const { port } = await serve(t, kind, { env, options: { redis: { commandTimeoutMs: 2_000 } } });
		await ask(port);
		const keys = (await redis.command("KEYS", "*")) as string[];
		assert.match(keys.join(), /^[\w.@/-]+:staging:limit:fixed:app:address:127\.0\.0\.1$/);
	});
});
