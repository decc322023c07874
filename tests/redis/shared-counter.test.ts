/** The scripts of the limits, against what they promise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RATE_LIMIT } from "../../packages/core/src/rate-limit/rate-limit.ts";
import { createSharedCounter } from "../../packages/core/src/rate-limit/shared-counter.ts";
import { connectRedis } from "../../packages/core/src/redis/connection.ts";
import { REDIS } from "../../packages/core/src/redis/redis.ts";
import { startRedis } from "./rig/server.ts";

const WINDOW_MS = 1_000;

test("R117 never more than the limit within one window's time, in a thousand schedules", async (t) => {
	const server = await startRedis(t);
	const redis = connectRedis({ ...REDIS.DEFAULTS, url: server.url, commandTimeoutMs: 5_000 }, "t:", () => {});
	t.after(() => redis.uninstall());
	let runs = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 1, max: 5 }),
			fc.array(fc.nat(600), { maxLength: 12 }),
			async (limit, waits) => {
				const values = { ...RATE_LIMIT.DEFAULTS, limit, windowMs: WINDOW_MS, algorithm: "sliding" } as const;
				const policy = RATE_LIMIT.policy(values, { mode: "production" });
				const counter = createSharedCounter(redis, policy, "sliding");
				const key = `run-${++runs}`;
				const stored = `t:limit:sliding:sliding:${key}`;
				const allowed: number[] = [];
				let nowMs = 0;
				for (const waitMs of waits) {
					nowMs += waitMs;
					// Time is Redis' own: what is in the list is made older instead.
					await age(stored, waitMs);
					if ((await counter.count(key)).totalHits <= limit) allowed.push(nowMs);
				}
				for (const [index, time] of allowed.entries()) {
					const within = allowed.slice(index).filter((later) => later < time + WINDOW_MS - SLACK_MS);
					assert.ok(within.length <= limit, `${within.length} of ${limit}`);
				}
			},
		),
		{ numRuns: 1_000 },
	);

	async function age(stored: string, byMs: number): Promise<void> {
		const times = (await server.command("LRANGE", stored, 0, -1)) as string[];
		for (const [index, time] of times.entries())
			await server.command("LSET", stored, index, Number(time) - byMs);
	}
});

/** What passes by itself while a schedule is gone through. */
const SLACK_MS = 300;

test("R129 what is given back behind the end of its window opens none below nothing", async (t) => {
	const server = await startRedis(t);
	const redis = connectRedis({ ...REDIS.DEFAULTS, url: server.url, commandTimeoutMs: 5_000 }, "t:", () => {});
	t.after(() => redis.uninstall());
	for (const algorithm of ["fixed", "sliding"] as const) {
		const policy = RATE_LIMIT.policy({ ...RATE_LIMIT.DEFAULTS, algorithm }, { mode: "production" });
		const counter = createSharedCounter(redis, policy, "late");
		const hits = await counter.count("a");
		// As at the end of the window.
		await server.command("FLUSHALL");
		assert.equal(await counter.giveBack("a", hits), 0);
		assert.deepEqual(await server.command("KEYS", "*"), []);
	}
});
