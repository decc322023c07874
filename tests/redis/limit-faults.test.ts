/** What a request gets while its Redis is in trouble, and that all is well again without a restart. */
import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { EXPRESS_5, FASTIFY_PLUGIN, type Kind } from "../process/kinds.ts";
import { type Serving, serve } from "../process/run.ts";
import { scenario } from "../process/scenario.ts";
import { ask, askAtOnce } from "./ask.ts";
import { FAULTS, type Fault, type Rig, startRig } from "./faults.ts";
import { startSentinels } from "./rig/sentinel.ts";

const BOTH: readonly Kind[] = [EXPRESS_5, FASTIFY_PLUGIN];
const TOGETHER = { concurrency: 2, timeout: 110_000 } as const;
/** Longer than a busy machine takes to answer, so that only a fault is late. */
const BUDGET_MS = 500;
const LIMIT = 1_000;

async function start(
	t: TestContext,
	kind: Kind,
	url: string,
	rateLimit: object = {},
	redis: object = {},
): Promise<Serving> {
	return serve(t, kind, {
		env: { REDIS_URL: url, REDIS_PREFIX: "shop:" },
		options: { rateLimit: { limit: LIMIT, ...rateLimit }, redis: { commandTimeoutMs: BUDGET_MS, ...redis } },
	});
}

/** How many requests Redis has counted. */
const counted = async ({ redis }: Rig): Promise<number> =>
	Number((await redis.command("GET", "shop:limit:fixed:app:address:127.0.0.1")) ?? 0);

const left = (reply: { headers: Headers }): number =>
	Number(/r=(\d+)/.exec(reply.headers.get("ratelimit") ?? "")?.[1] ?? Number.NaN);

/** How the log tells of it, in pairs: it begins, and it is over. */
const LINES = {
	away: ["redis is away", "redis is back"],
	refuses: ["redis refuses what the rate limit asks for", "redis does again what the rate limit asks for"],
} as const;

function lines(program: Serving, fault: Fault): readonly (string | undefined)[] {
	return program
		.lines()
		.filter(({ msg }) => (LINES[fault.kind] as readonly string[]).includes(String(msg)))
		.map(({ msg }) => String(msg));
}

for (const fault of FAULTS) {
	describe(`Redis: ${fault.name}`, TOGETHER, () => {
		scenario(
			"R120 R121 R122 R123 R125",
			BOTH,
			"this process counts meanwhile, and Redis afterwards",
			async (t, kind) => {
				const rig = await startRig(t, fault);
				const program = await start(t, kind, rig.proxy.url, { instances: 4 });
				assert.equal(left(await ask(program.port)), LIMIT - 1);
				await fault.begin(rig);
				for (let requests = 1; requests <= 5; requests++) {
					const reply = await ask(program.port);
					assert.equal(reply.status, 200);
					assert.equal(left(reply), LIMIT / 4 - requests);
					assert.doesNotMatch(
						JSON.stringify([...reply.headers]) + reply.text,
						/redis|OOM|READONLY|NOPERM|ECONN/i,
					);
				}
				const [begins, over] = LINES[fault.kind];
				assert.match(String((await program.logs(begins)).reason), fault.reason);
				await fault.end(rig);
				if (fault.kind === "away") await program.logs(over);
				const before = await counted(rig);
				const reply = await ask(program.port);
				assert.equal(left(reply), LIMIT - before - 1);
				await program.logs(over);
				assert.deepEqual(lines(program, fault), [begins, over]);
				program.signal("SIGTERM");
				await program.exits(0);
			},
		);

		scenario(
			"R120 R122 R125",
			BOTH,
			"or refuses, or lets all through, as the options say",
			async (t, kind) => {
				const rig = await startRig(t, fault);
				const [allow, deny] = await Promise.all([
					start(t, kind, rig.proxy.url, { onOutage: "allow" }),
					start(t, kind, rig.proxy.url, { onOutage: "deny" }),
				]);
				for (const { port } of [allow, deny]) assert.equal((await ask(port)).status, 200);
				await fault.begin(rig);
				for (let requests = 0; requests < 3; requests++) {
					const allowed = await ask(allow.port);
					assert.deepEqual([allowed.status, allowed.headers.get("ratelimit")], [200, null]);
					const denied = await ask(deny.port);
					assert.deepEqual(
						[denied.status, denied.headers.get("content-type"), denied.headers.get("retry-after")],
						[503, "application/problem+json; charset=utf-8", "1"],
					);
					assert.doesNotMatch(denied.text, /redis|OOM|READONLY|NOPERM|ECONN|timeout/i);
					assert.equal((await ask(deny.port, "/livez")).status, 200);
				}
				// It has to be able to say goodbye.
				await fault.end(rig);
			},
		);
	});
}

describe("a Redis that is away", TOGETHER, () => {
	const frozen = FAULTS[0]!;

	scenario("R121", BOTH, "is not asked by requests any more, and by one probe at a time", async (t, kind) => {
		const rig = await startRig(t, frozen);
		const program = await start(t, kind, rig.proxy.url, {}, { commandTimeoutMs: 200 });
		await ask(program.port);
		await rig.redis.freeze();
		await ask(program.port);
		await program.logs("redis is away");
		const before = rig.proxy.roundTrips();
		assert.deepEqual(await askAtOnce([program.port], 200), { 200: 200 });
		// Probes go on, a few a second; two hundred requests would show.
		assert.ok(rig.proxy.roundTrips() - before < 50, String(rig.proxy.roundTrips() - before));
		rig.redis.thaw();
		await program.logs("redis is back");
	});

	scenario("R120", BOTH, "from the start on: the app serves, and finds it when it comes", async (t, kind) => {
		const rig = await startRig(t, frozen);
		await rig.redis.kill();
		const program = await start(t, kind, rig.proxy.url);
		assert.equal((await ask(program.port)).status, 200);
		await program.logs("redis is away");
		await rig.redis.restart();
		await program.logs("redis is back");
		await ask(program.port);
		assert.equal(await counted(rig), 1);
	});

	scenario(
		"LIFE11",
		BOTH,
		"at the start, where it is required: not started, and not ready, until it is there",
		async (t, kind) => {
			const rig = await startRig(t, frozen);
			await rig.redis.kill();
			const program = await start(t, kind, rig.proxy.url, {}, { readiness: "require" });
			const statuses = async (): Promise<number[]> =>
				Promise.all(
					["/startupz", "/readyz", "/livez"].map(async (path) => (await ask(program.port, path)).status),
				);
			assert.deepEqual(await statuses(), [503, 503, 200]);
			await program.logs("redis is away");
			await rig.redis.restart();
			await program.logs("redis is back");
			assert.deepEqual(await statuses(), [200, 200, 200]);
		},
	);

	scenario("R121", BOTH, "without anybody having noticed, holds no end up", async (t, kind) => {
		const rig = await startRig(t, frozen);
		const program = await start(t, kind, rig.proxy.url);
		await ask(program.port);
		await rig.redis.freeze();
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("HE2", BOTH, "shows in /readyz as the options say, and never in /livez", async (t, kind) => {
		const rig = await startRig(t, frozen);
		const [report, require, ignore] = await Promise.all(
			["report", "require", "ignore"].map((readiness) => start(t, kind, rig.proxy.url, {}, { readiness })),
		);
		for (const program of [report, require, ignore]) await ask(program!.port);
		assert.equal((await ask(require!.port, "/readyz")).status, 200);
		await rig.redis.kill();
		for (const program of [report, require, ignore]) await program!.logs("redis is away");
		const statuses = async (path: string): Promise<number[]> =>
			Promise.all([report, require, ignore].map(async (program) => (await ask(program!.port, path)).status));
		assert.deepEqual(
			[await statuses("/readyz"), await statuses("/livez")],
			[
				[200, 503, 200],
				[200, 200, 200],
			],
		);
		await rig.redis.restart();
		await require!.logs("redis is back");
		assert.equal((await ask(require!.port, "/readyz")).status, 200);
	});

	scenario(
		"R120",
		BOTH,
		"because its sentinels say nothing when the app begins: one that speaks is enough",
		async (t, kind) => {
			const { name, sentinels } = await startSentinels(t);
			for (const sentinel of sentinels) await sentinel.freeze();
			const urls = sentinels.map(({ url }) => url).join(",");
			const program = await start(
				t,
				kind,
				urls,
				{ instances: 4 },
				{ topology: "sentinel", masterName: name },
			);
			assert.equal((await ask(program.port)).status, 200);
			await program.logs("redis is away");
			// Longer than a connection may be silent.
			await setTimeout(1_500);
			sentinels.at(-1)!.thaw();
			await program.logs("redis is back");
			assert.equal(left(await ask(program.port)), LIMIT - 1);
		},
	);

	scenario(
		"R126",
		BOTH,
		"because its sentinels elect another: requests are answered throughout",
		async (t, kind) => {
			const { name, sentinels, failover } = await startSentinels(t);
			const urls = sentinels.map(({ url }) => url).join(",");
			// More than it can ask for meanwhile.
			const limit = 1_000_000;
			const program = await start(t, kind, urls, { limit }, { topology: "sentinel", masterName: name });
			assert.equal(left(await ask(program.port)), limit - 1);
			const statuses = new Set<number>();
			let isOver = false;
			t.after(() => {
				isOver = true;
			});
			const load = (async () => {
				while (!isOver) statuses.add((await ask(program.port)).status);
			})();
			await failover();
			await program.logs("redis is back");
			isOver = true;
			await load;
			assert.deepEqual([...statuses], [200]);
			assert.equal((await ask(program.port)).status, 200);
		},
	);
});
