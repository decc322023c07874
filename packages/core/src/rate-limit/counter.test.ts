import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SharedRedis } from "../shared-redis.ts";
import { type Counted, createCounter, type Uncounted } from "./counter.ts";
import { RATE_LIMIT, type RateLimitValues } from "./rate-limit.ts";

/** A Redis that counts, until the test takes it away. */
function fakeRedis() {
	const counts = new Map<string, number>();
	const state = { isAway: false, isBroken: false, asked: 0 };
	const redis: SharedRedis = {
		prefix: "shop:",
		isAway: () => state.isAway,
		send: () => Promise.reject(new Error("not asked here")),
		async run(_purpose, { lua }, key, [, limit]) {
			state.asked++;
			if (state.isBroken) throw new Error("redis is away: timeout");
			const step = lua.includes("INCR") ? 1 : -1;
			const count = (counts.get(key) ?? 0) + step;
			// What is refused is not kept.
			if (step === -1 || count <= Number(limit)) counts.set(key, count);
			return step === 1 ? [count, 60_000] : count;
		},
	};
	return { redis, state, counts };
}

function counter(values: Partial<RateLimitValues>, redis: SharedRedis | undefined) {
	const policy = RATE_LIMIT.policy({ ...RATE_LIMIT.DEFAULTS, ...values }, { mode: "production" });
	const made = createCounter(policy, redis, "app");
	/** What so many hits come to. */
	return async (key: string, times = 1): Promise<string[]> => {
		const seen: string[] = [];
		for (let time = 0; time < times; time++) seen.push(words(await made.count(key)));
		return seen;
	};
}

function words(counted: Counted | Uncounted): string {
	if (typeof counted !== "object") return counted;
	return `${counted.by} ${counted.totalHits} of ${counted.limit}`;
}

describe("where all processes count together", () => {
	test("Redis counts, under a key that says whose it is", async () => {
		const { redis, counts } = fakeRedis();
		const hit = counter({ limit: 2 }, redis);
		assert.deepEqual(await hit("address:1.2.3.4", 2), ["redis 1 of 2", "redis 2 of 2"]);
		assert.deepEqual([...counts.keys()], ["shop:limit:fixed:app:address:1.2.3.4"]);
	});

	test("a key that is used up is not asked for again", async () => {
		const { redis, state } = fakeRedis();
		const hit = counter({ limit: 1 }, redis);
		assert.deepEqual(await hit("a", 4), ["redis 1 of 1", "redis 2 of 1", "redis 2 of 1", "redis 2 of 1"]);
		assert.equal(state.asked, 2);
	});

	test("but it is once enough was given back, and not before", async () => {
		const { redis, state } = fakeRedis();
		const policy = RATE_LIMIT.policy({ ...RATE_LIMIT.DEFAULTS, limit: 2 }, { mode: "production" });
		const { count } = createCounter(policy, redis, "app");
		const together = (await Promise.all([count("a"), count("a"), count("a")])) as Counted[];
		const giveBack = async (): Promise<void> => {
			together.pop()!.giveBack();
			await new Promise(setImmediate);
		};
		await giveBack();
		state.asked = 0;
		assert.deepEqual([words(await count("a")), state.asked], ["redis 3 of 2", 0]);
		await giveBack();
		assert.equal(words(await count("a")), "redis 2 of 2");
	});

	test("numbers may come as texts, as some clients are told to give them", async () => {
		const { redis } = fakeRedis();
		const run: SharedRedis["run"] = async (...asked) =>
			[(await redis.run(...asked)) as unknown[]].flat().map(String);
		const policy = RATE_LIMIT.policy(RATE_LIMIT.DEFAULTS, { mode: "production" });
		const counted = (await createCounter(policy, { ...redis, run }, "app").count("a")) as Counted;
		assert.equal(counted.totalHits, 1);
		assert.ok(Math.abs(counted.resetAtMs - Date.now() - 60_000) < 1_000);
	});

	test("nor while Redis is away: it stays refused", async () => {
		const { redis, state } = fakeRedis();
		const hit = counter({ limit: 1 }, redis);
		await hit("a", 2);
		state.isAway = true;
		assert.deepEqual(await hit("a"), ["redis 2 of 1"]);
	});
});

describe("while Redis is away", () => {
	for (const how of ["isAway", "isBroken"] as const) {
		test(`each process allows its part of the limit (${how})`, async () => {
			const { redis, state } = fakeRedis();
			const hit = counter({ limit: 10, instances: 4 }, redis);
			state[how] = true;
			assert.deepEqual(await hit("a", 4), ["local 1 of 3", "local 2 of 3", "local 3 of 3", "local 4 of 3"]);
			state[how] = false;
			assert.deepEqual(await hit("a"), ["redis 1 of 10"]);
		});

		test(`or lets all through, or none, as the options say (${how})`, async () => {
			const { redis, state } = fakeRedis();
			state[how] = true;
			for (const onOutage of ["allow", "deny"] as const) {
				assert.deepEqual(await counter({ onOutage }, redis)("a", 2), [onOutage, onOutage]);
			}
		});
	}

	test("it is not asked once that is known", async () => {
		const { redis, state } = fakeRedis();
		state.isAway = true;
		await counter({}, redis)("a", 5);
		assert.equal(state.asked, 0);
	});
});

test("without Redis the process counts the whole limit, whatever it says of outages", async () => {
	const hit = counter({ limit: 10, instances: 4, onOutage: "deny" }, undefined);
	assert.deepEqual(await hit("a"), ["memory 1 of 10"]);
});
