/** The rig inspects itself: a fault that does not happen would make every test that relies on it pass. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { refusal } from "../../process/client.ts";
import { startCluster } from "./cluster.ts";
import { until } from "./condition.ts";
import { startProxy } from "./proxy.ts";
import { connectResp, type Resp } from "./resp.ts";
import { startSentinels } from "./sentinel.ts";
import { type Redis, startRedis } from "./server.ts";

async function client(test: TestContext, port: number, login?: readonly string[]): Promise<Resp> {
	const resp = await connectResp({ port, login });
	test.after(resp.close);
	return resp;
}

/** What has been settled so far, in its order. */
function watch(promises: Readonly<Record<string, Promise<unknown>>>): readonly string[] {
	const settled: string[] = [];
	for (const [name, promise] of Object.entries(promises)) {
		promise.then(
			() => settled.push(name),
			() => settled.push(`${name} failed`),
		);
	}
	return settled;
}

test("a server may outlast the test that asked for it", async (t) => {
	const redis = await startRedis({ after });
	await t.test("one", async () => assert.equal(await redis.command("SET", "key", 1), "OK"));
	await t.test("two", async () => assert.equal(await redis.command("GET", "key"), "1"));
});

describe("a server", () => {
	test("answers in every kind of answer there is", async (t) => {
		const { command } = await startRedis(t);
		assert.equal(await command("SET", "key", "grün \r\n"), "OK");
		assert.equal(await command("GET", "key"), "grün \r\n");
		assert.equal(await command("GET", "nothing"), null);
		assert.equal(await command("INCRBY", "count", -3), -3);
		assert.deepEqual(await command("EVAL", "return {1, {'two', false}, {}}", 0), [1, ["two", null], []]);
		const long = "x".repeat(300_000);
		assert.deepEqual(await Promise.all([command("ECHO", long), command("PING")]), [long, "PONG"]);
		await assert.rejects(command("LPUSH", "key", "1"), /^Error: WRONGTYPE/);
		await command("MULTI");
		await command("LPUSH", "key", "1");
		const [error] = (await command("EXEC")) as readonly Error[];
		assert.match(String(error), /WRONGTYPE/);
		assert.equal(await command("DEBUG", "SLEEP", 0), "OK");
	});

	test("counts commands, and leaves counting out", async (t) => {
		const redis = await startRedis(t);
		const other = await client(t, redis.port);
		await redis.resetCounts();
		assert.deepEqual(await redis.commandCounts(), {});
		await other.command("SET", "key", 1);
		await other.command("EVAL", "redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[1])", 1, "key");
		await other.command("CONFIG", "GET", "maxmemory");
		assert.deepEqual(await redis.commandCounts(), { "config|get": 1, eval: 1, incr: 2, set: 1 });
		await redis.resetCounts();
		assert.deepEqual(await redis.commandCounts(), {});
	});

	test("that is killed refuses connections, and comes back at its port without its data", async (t) => {
		const redis = await startRedis(t);
		const other = await client(t, redis.port);
		await redis.command("SET", "key", 1);
		await redis.kill();
		assert.equal(await refusal(redis.port), "ECONNREFUSED");
		await assert.rejects(redis.command("PING"), { code: "ECONNREFUSED" });
		await other.closed;
		await redis.restart();
		assert.equal(await redis.command("EXISTS", "key"), 0);
		await redis.command("SET", "key", 1);
		await redis.restart();
		assert.equal(await redis.command("EXISTS", "key"), 0);
		await redis.stop();
		assert.match(redis.log(), /bye bye/);
		assert.equal(await refusal(redis.port), "ECONNREFUSED");
	});

	test("may be given its port", async (t) => {
		const { port, stop } = await startRedis(t);
		await assert.rejects(startRedis(t, { port }), /Address already in use/);
		await stop();
		const second = await startRedis(t, { port });
		assert.equal(second.url, `redis://127.0.0.1:${port}`);
	});

	test("that is frozen takes connections and does not answer until it is thawed", async (t) => {
		const [frozen, other] = await Promise.all([startRedis(t), startRedis(t)]);
		await frozen.freeze();
		const late = await client(t, frozen.port);
		const answer = late.command("PING");
		const settled = watch({ answer });
		await other.command("DEBUG", "SLEEP", 0.3);
		assert.deepEqual(settled, []);
		frozen.thaw();
		assert.equal(await answer, "PONG");
		await frozen.freeze();
		await frozen.kill();
		assert.equal(await refusal(frozen.port), "ECONNREFUSED");
	});

	test("is gone when its test's process is killed, although it is frozen", async (t) => {
		const program = `
			import { startRedis } from ${JSON.stringify(import.meta.resolve("./server.ts"))};
			const redis = await startRedis({ after() {} });
			await redis.freeze();
			console.log(redis.port);`;
		const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
		t.after(() => child.kill("SIGKILL"));
		const [line] = (await once(child.stdout, "data")) as [Buffer];
		const port = Number(line);
		assert.equal(await refusal(port), "connected");
		child.kill("SIGKILL");
		await until("end of the server", async () => (await refusal(port)) === "ECONNREFUSED");
	});

	test("asks for its password, and the rig gets in", async (t) => {
		const redis = await startRedis(t, { password: "secret" });
		const stranger = await client(t, redis.port);
		await assert.rejects(stranger.command("PING"), /NOAUTH/);
		await assert.rejects(client(t, redis.port, ["wrong"]), /WRONGPASS/);
		const friend = await client(t, redis.port, ["secret"]);
		assert.equal(await friend.command("PING"), "PONG");
		const replica = await startRedis(t, { password: "secret", replicaOf: redis.port });
		assert.equal(await replica.command("PING"), "PONG");
	});

	test("denies what users may not do, and the rig may do everything", async (t) => {
		const redis = await startRedis(t, { users: ["app on >secret ~app:* +get +set", "default off"] });
		const app = await client(t, redis.port, ["app", "secret"]);
		assert.equal(await app.command("SET", "app:key", 1), "OK");
		await assert.rejects(app.command("GET", "another"), /NOPERM/);
		await assert.rejects(app.command("DEL", "app:key"), /NOPERM/);
		await redis.command("ACL", "SETUSER", "app", "-set");
		await assert.rejects(app.command("SET", "app:key", 1), /NOPERM/);
		await redis.restart();
		assert.equal(await (await client(t, redis.port, ["app", "secret"])).command("SET", "app:key", 1), "OK");
	});

	test("speaks TLS, and shows a certificate that can be checked", async (t) => {
		const redis = await startRedis(t, { isTls: true });
		assert.equal(redis.url, `rediss://127.0.0.1:${redis.port}`);
		assert.equal(await redis.command("PING"), "PONG");
		const socket = connectTls({ port: redis.port, host: "127.0.0.1" });
		const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.on("error", resolve));
		assert.equal(error.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
		const plain = await client(t, redis.port);
		await assert.rejects(plain.command("PING"), /connection ended/);
		const replica = await startRedis(t, { isTls: true, replicaOf: redis.port });
		assert.equal(await replica.command("PING"), "PONG");
	});

	test("refuses writes when its memory is full, until there is more", async (t) => {
		const redis = await startRedis(t, { maxmemory: "1" });
		await assert.rejects(redis.command("SET", "key", 1), /^Error: OOM/);
		await redis.command("CONFIG", "SET", "maxmemory", 0);
		assert.equal(await redis.command("SET", "key", 1), "OK");
	});

	test("follows its master, and takes more of a command line", async (t) => {
		const master = await startRedis(t);
		await master.command("SET", "key", 1);
		const replica = await startRedis(t, { replicaOf: master.port, args: ["--databases", "2"] });
		assert.equal(await replica.command("GET", "key"), "1");
		await assert.rejects(replica.command("SET", "key", 2), /READONLY/);
		await assert.rejects(replica.command("SELECT", 2), /out of range/);
		await replica.command("REPLICAOF", "NO", "ONE");
		assert.equal(await replica.command("SET", "key", 2), "OK");
	});
});

/** Resolves once so many ECHOs are answered, and the answers are where they come from the server. */
async function answered(redis: Redis, echoes: number): Promise<void> {
	await until("answer on its way", async () => (await redis.commandCounts()).echo === echoes);
	await redis.command("PING");
}

describe("the proxy", () => {
	test("delays answers", async (t) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const far = await client(t, proxy.port);
		proxy.delay(60_000);
		const settled = watch({ answer: far.command("ECHO", 1) });
		await answered(redis, 1);
		assert.deepEqual(settled, []);
	});

	test("delivers answers in their order when the delay changes", async (t) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const far = await client(t, proxy.port);
		proxy.delay(300);
		const first = far.command("ECHO", 1);
		await answered(redis, 1);
		proxy.delay(0);
		assert.deepEqual(await Promise.all([first, far.command("ECHO", 2)]), ["1", "2"]);
	});

	test("counts what leaves together as one round trip", async (t) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const far = await client(t, proxy.port);
		assert.equal(proxy.roundTrips(), 0);
		for (let nth = 0; nth < 3; nth++) await far.command("PING");
		assert.equal(proxy.roundTrips(), 3);
		await Promise.all([far.command("PING"), far.command("PING")]);
		assert.equal(proxy.roundTrips(), 4);
		await (await client(t, proxy.port)).command("PING");
		assert.equal(proxy.roundTrips(), 5);
		assert.equal(proxy.connections(), 2);
		// An answer that is on its way has not come yet.
		proxy.delay(60_000);
		watch({ first: far.command("ECHO", 1) });
		await answered(redis, 1);
		watch({ second: far.command("ECHO", 2) });
		await answered(redis, 2);
		assert.equal(proxy.roundTrips(), 6);
	});

	for (const keepsConnections of [false, true]) {
		const title = keepsConnections ? "gives its connections back" : "keeps its connections for good";
		test(`swallows everything in a black hole, which ${title}`, async (t) => {
			const redis = await startRedis(t);
			const proxy = await startProxy(t, redis.port);
			const old = await client(t, proxy.port);
			await old.command("PING");
			proxy.blackHole();
			const fresh = await client(t, proxy.port);
			const set = (key: string) => [
				old.command("SET", `old:${key}`, 1),
				fresh.command("SET", `fresh:${key}`, 1),
			];
			const lost = set("lost");
			const settled = watch({ old: lost[0]!, fresh: lost[1]!, closed: old.closed });
			await until("black hole with both in it", () => proxy.roundTrips() === 3);
			assert.deepEqual([await redis.command("KEYS", "*"), settled], [[], []]);

			await proxy.heal({ keepsConnections });
			const later = watch({ later: Promise.all(set("later")) });
			const healed = await client(t, proxy.port);
			assert.equal(await healed.command("SET", "healed", 1), "OK");
			// The answers to what is asked later are the first that come, so they are taken for those to what was lost.
			if (keepsConnections) await Promise.all(lost);
			const keys = (await redis.command("KEYS", "*")) as readonly string[];
			const passed = keepsConnections ? ["fresh:later", "healed", "old:later"] : ["healed"];
			assert.deepEqual([keys.toSorted(), later], [passed, []]);
			assert.deepEqual(settled.toSorted(), keepsConnections ? ["fresh", "old"] : []);
			assert.equal(proxy.connections(), 3);
		});
	}

	test("tells nobody in a black hole that the other side is gone, and all when it is healed", async (t) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const old = await client(t, proxy.port);
		const witness = await client(t, redis.port);
		await old.command("PING");
		proxy.blackHole();
		const settled = watch({ old: old.closed });
		await redis.kill();
		await witness.closed;
		assert.equal(await refusal(proxy.port), "connected");
		assert.deepEqual(settled, []);
		await proxy.heal({ keepsConnections: true });
		await old.closed;
	});

	test("swallows answers that were on their way", async (t) => {
		const redis = await startRedis(t);
		const [proxy, control] = [await startProxy(t, redis.port), await startProxy(t, redis.port)];
		const [far, other] = [await client(t, proxy.port), await client(t, control.port)];
		await Promise.all([far.command("PING"), other.command("PING")]);
		for (const { delay } of [proxy, control]) delay(1_000);
		const lost = far.command("SET", "key", 1);
		const settled = watch({ lost });
		await until("command that has arrived", async () => (await redis.command("EXISTS", "key")) === 1);
		proxy.blackHole();
		// What is sent after it, and comes just as late, is there.
		await other.command("PING");
		await redis.command("PING");
		assert.deepEqual(settled, []);
	});

	test("refuses connections and comes back at its port", async (t) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const far = await client(t, proxy.port);
		await far.command("PING");
		await proxy.refuse();
		await far.closed;
		assert.equal(proxy.connections(), 0);
		assert.equal(await refusal(proxy.port), "ECONNREFUSED");
		await proxy.refuse();
		await proxy.heal();
		assert.equal(await (await client(t, proxy.port)).command("PING"), "PONG");
	});

	test("drops connections and takes new ones", async (t) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const far = await client(t, proxy.port);
		await far.command("PING");
		proxy.dropAll();
		await assert.rejects(far.command("PING"), /ECONNRESET|EPIPE/);
		assert.equal(await (await client(t, proxy.port)).command("PING"), "PONG");
		assert.equal(proxy.connections(), 1);
	});

	test("passes on that the server is gone", async (t) => {
		const redis = await startRedis(t);
		const proxy = await startProxy(t, redis.port);
		const far = await client(t, proxy.port);
		await far.command("PING");
		await redis.kill();
		await far.closed;
		const second = await client(t, proxy.port);
		await second.closed;
		await redis.restart();
		assert.equal(await (await client(t, proxy.port)).command("PING"), "PONG");
	});
});

test("a cluster is whole, sends clients to the right node, and is whole again after a restart", async (t) => {
	const { nodes, urls, nodeOf, settled } = await startCluster(t);
	assert.deepEqual(
		urls,
		nodes.map(({ port }) => `redis://127.0.0.1:${port}`),
	);
	const owners = new Set<unknown>();
	for (const key of ["foo", "bar", "hello", "{user}1", "{user}2"]) {
		const home = await nodeOf(key);
		owners.add(home);
		assert.equal(await home.command("SET", key, 1), "OK");
		const [stranger] = nodes.filter((node) => node !== home);
		await assert.rejects(
			stranger!.command("GET", key),
			new RegExp(`MOVED \\d+ 127\\.0\\.0\\.1:${home.port}`),
		);
	}
	assert.equal(owners.size, 3);
	assert.equal(await nodeOf("{user}1"), await nodeOf("{user}2"));
	const [first, second] = nodes;
	await first!.kill();
	const isDown = async (): Promise<boolean> =>
		String(await second!.command("CLUSTER", "INFO")).includes("cluster_state:fail");
	await until("cluster that is down", isDown);
	await first!.restart();
	await settled();
});

test("sentinels elect a new master when theirs is gone, frozen, or when they are told to", async (t) => {
	const { name, servers, sentinels, master, settled, failover, forceFailover } = await startSentinels(t);
	assert.deepEqual([name, servers.length, sentinels.length], ["mymaster", 3, 3]);
	const first = await master();
	assert.equal(first, servers[0]);
	const second = await forceFailover();
	assert.notEqual(second, first);
	assert.equal(await second.command("SET", "key", 1), "OK");
	assert.notEqual(await failover(), second);
	// Two sentinels may have begun an election, and the later one decides.
	const third = await settled();
	assert.notEqual(third, second);
	assert.equal(await refusal(second.port), "ECONNREFUSED");
	await second.restart();
	// Two are enough to agree.
	await sentinels[0]!.kill();
	const fourth = await failover("freeze");
	assert.notEqual(fourth, third);
	assert.equal(await fourth.command("SET", "key", 2), "OK");
	third.thaw();
	await sentinels[0]!.restart();
	assert.notEqual(await master(), third);
});

describe("the binary", () => {
	const find = `import { redisServer } from ${JSON.stringify(import.meta.resolve("./binary.ts"))};
		console.log(await redisServer());`;
	const lookFor = async (env: NodeJS.ProcessEnv): Promise<string> => {
		const args = ["--input-type=module", "-e", find];
		const { stdout } = await promisify(execFile)(process.execPath, args, { env });
		return stdout.trim();
	};
	const CHOICES = /on PATH,.*REDIS_SERVER,.*apt-get/s;

	function temporaryFolder(t: TestContext): string {
		const folder = mkdtempSync(join(tmpdir(), "production-ready-binary-"));
		t.after(() => rmSync(folder, { recursive: true }));
		return folder;
	}

	test("that is missing is an error that names the choices", async () => {
		await assert.rejects(lookFor({ PATH: "" }), CHOICES);
		await assert.rejects(lookFor({ PATH: "", REDIS_SERVER: "/nonexistent" }), CHOICES);
		await assert.rejects(lookFor({ REDIS_SERVER: "/nonexistent" }), /REDIS_SERVER is \/nonexistent/);
	});

	test("may be one of two on PATH, or one that is named", async (t) => {
		const folder = temporaryFolder(t);
		symlinkSync("/bin/true", join(folder, "valkey-server"));
		symlinkSync("/bin/true", join(folder, "mine"));
		assert.equal(await lookFor({ PATH: folder }), join(folder, "valkey-server"));
		assert.equal(await lookFor({ PATH: folder, REDIS_SERVER: "mine" }), join(folder, "mine"));
		assert.equal(await lookFor({ PATH: "", REDIS_SERVER: join(folder, "mine") }), join(folder, "mine"));
	});

	const isRoot = process.getuid?.() === 0;
	test("is installed once, however many look for it", {
		skip: !isRoot && "only root installs",
	}, async (t) => {
		const folder = temporaryFolder(t);
		const diary = join(folder, "diary");
		// Somebody was killed while installing.
		const abandoned = `
			import { mkdirSync, writeFileSync } from "node:fs";
			mkdirSync("${folder}/production-ready-redis-installation.lock");
			writeFileSync("${folder}/production-ready-redis-installation.lock/pid", String(process.pid));`;
		await promisify(execFile)(process.execPath, ["--input-type=module", "-e", abandoned]);
		const apt = `#!/bin/sh
			echo "$*" >> ${diary}
			case "$*" in *install*) /bin/ln -s /bin/true ${folder}/redis-server ;; esac`;
		writeFileSync(join(folder, "apt-get"), apt, { mode: 0o755 });
		const env = { PATH: folder, TMPDIR: folder };
		const paths = await Promise.all([lookFor(env), lookFor(env), lookFor(env)]);
		assert.deepEqual(paths, Array(3).fill(join(folder, "redis-server")));
		assert.deepEqual(readFileSync(diary, "utf8").trim().split("\n"), [
			"-o DPkg::Lock::Timeout=60 update",
			"-o DPkg::Lock::Timeout=60 install -y --no-install-recommends redis-server",
		]);
		assert.equal(existsSync(join(folder, "production-ready-redis-installation.lock")), false);
	});
});
