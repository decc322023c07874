/** The limit's keys and its store, beside those of express-rate-limit. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ipKeyGenerator, MemoryStore as TheirStore, rateLimit as theirLimiter } from "express-rate-limit";
import fc from "fast-check";
import { clientKey, IPV6_PREFIX_BITS } from "../../packages/core/src/rate-limit/client-key.ts";
import { createMemoryStore } from "../../packages/core/src/rate-limit/memory-store.ts";
import { createSlidingStore } from "../../packages/core/src/rate-limit/sliding-store.ts";

const WINDOW_MS = 1_000;

const ipv4 = fc.ipV4();
const word = fc.integer({ min: 0, max: 0xffff });

/** Two addresses that are the same in so many of their leading bits, and any after them. */
const neighbours = fc
	.tuple(
		fc.array(word, { minLength: 8, maxLength: 8 }),
		fc.array(word, { minLength: 8, maxLength: 8 }),
		fc.integer({ min: 0, max: 128 }),
	)
	.map(([one, tail, sharedBits]) => {
		const other = one.map((bits, index) => {
			const shared = Math.min(16, Math.max(0, sharedBits - index * 16));
			const mask = (0xffff << (16 - shared)) & 0xffff;
			return (bits & mask) | (tail[index]! & ~mask & 0xffff);
		});
		const written = (words: readonly number[]): string => words.map((bits) => bits.toString(16)).join(":");
		return [written(one), written(other)] as const;
	});

const mappedPair = fc.tuple(ipv4, ipv4).map(([one, other]) => [`::ffff:${one}`, `::ffff:${other}`] as const);

describe("the bucket of a client", () => {
	test("holds those that express-rate-limit puts together, and nobody else", () => {
		// They take IPv4 behind `::` alone, deprecated since 2006, for IPv4.
		const ipv6 = fc.ipV6().filter((address) => !address.includes("."));
		const pair = fc.oneof(neighbours, mappedPair, fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6));
		fc.assert(
			fc.property(pair, ([one, other]) => {
				const areTogether = ipKeyGenerator(one, IPV6_PREFIX_BITS) === ipKeyGenerator(other, IPV6_PREFIX_BITS);
				assert.equal(clientKey(one) === clientKey(other), areTogether, `${one} and ${other}`);
			}),
			{ numRuns: 10_000 },
		);
	});

	test("is the address itself for IPv4, however it is written", () => {
		fc.assert(
			fc.property(ipv4, (address) => {
				assert.equal(clientKey(address), address);
				assert.equal(clientKey(`::ffff:${address}`), address);
			}),
		);
	});
});

/** A key is hit, after so much time. */
const hits = fc.array(
	fc.record({
		key: fc.constantFrom("a", "b", "c"),
		afterMs: fc.oneof(fc.nat(20), fc.nat(3 * WINDOW_MS)),
		isTakenBack: fc.nat(9).map((n) => n === 0),
	}),
	{ maxLength: 60 },
);

describe("the store in memory", () => {
	test("counts as the store of express-rate-limit does", async (t) => {
		await fc.assert(
			fc.asyncProperty(hits, async (steps) => {
				t.mock.timers.enable({ apis: ["Date", "setInterval"], now: 0 });
				const ours = createMemoryStore({ windowMs: WINDOW_MS });
				const theirs = new TheirStore();
				theirs.init({ windowMs: WINDOW_MS } as never);
				for (const { key, afterMs, isTakenBack } of steps) {
					t.mock.timers.tick(afterMs);
					const expected = await theirs.increment(key);
					assert.deepEqual(ours.increment(key), {
						totalHits: expected.totalHits,
						resetTime: expected.resetTime,
					});
					if (!isTakenBack) continue;
					ours.decrement(key);
					await theirs.decrement(key);
				}
				theirs.shutdown();
				t.mock.timers.reset();
			}),
			{ numRuns: 300 },
		);
	});

	test("never gives a key more than its limit in a window, nor less, whatever others do", () => {
		const others = fc.array(fc.string(), { maxLength: 200 });
		fc.assert(
			fc.property(others, fc.integer({ min: 1, max: 50 }), (flood, maxKeys) => {
				const store = createMemoryStore({ windowMs: WINDOW_MS, maxKeys, nowMs: () => 0 });
				store.increment("first");
				for (const key of flood) if (key !== "first") store.increment(key);
				assert.equal(store.increment("first").totalHits, 2);
			}),
		);
	});

	test("is bounded, and only forgets what is over, however time goes", () => {
		const steps = fc.array(
			fc.record({ key: fc.nat(30), moveMs: fc.integer({ min: -2 * WINDOW_MS, max: 2 * WINDOW_MS }) }),
			{ maxLength: 100 },
		);
		fc.assert(
			fc.property(steps, (moves) => {
				let nowMs = 10 * WINDOW_MS;
				const store = createMemoryStore({ windowMs: WINDOW_MS, maxKeys: 10, nowMs: () => nowMs });
				for (const { key, moveMs } of moves) {
					nowMs += moveMs;
					const { totalHits, resetTime } = store.increment(String(key));
					const leftMs = resetTime.getTime() - nowMs;
					assert.ok(totalHits >= 1 && leftMs > 0 && leftMs <= WINDOW_MS, `${leftMs} ms are left`);
				}
			}),
		);
	});
});

describe("as the `store` of express-rate-limit itself", () => {
	/** What their limiter makes of so many requests of one client. */
	async function answers(t: TestContext, times: number, store: object, pauseMs = 0): Promise<string[]> {
		const limiter = theirLimiter({
			limit: 3,
			windowMs: WINDOW_MS,
			store: store as never,
			standardHeaders: "draft-8",
			validate: false,
		});
		const told: string[] = [];
		for (let time = 0; time < times; time++) {
			const headers: Record<string, unknown> = {};
			let answer = "";
			const response = {
				headersSent: false,
				setHeader: (name: string, value: unknown) => {
					headers[name.toLowerCase()] = value;
				},
				append: (name: string, value: unknown) => {
					headers[name.toLowerCase()] = value;
				},
				status: (status: number) => {
					answer = String(status);
					return response;
				},
				send: () => response,
			};
			await limiter(
				{ ip: "203.0.113.7", method: "GET", app: { get: () => false } } as never,
				response as never,
				() => {
					answer = "ok";
				},
			);
			await turn();
			told.push(`${answer} r=${/r=(\d+)/.exec(String(headers.ratelimit))?.[1]}`);
			if (pauseMs > 0) t.mock.timers.tick(pauseMs);
		}
		return told;
	}

	test("it counts for their limiter", async (t) => {
		const store = createMemoryStore({ windowMs: WINDOW_MS });
		assert.deepEqual(await answers(t, 5, store), ["ok r=2", "ok r=1", "ok r=0", "429 r=0", "429 r=0"]);
	});

	test("its windows end for their limiter", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: 0 });
		const store = createMemoryStore({ windowMs: WINDOW_MS });
		assert.deepEqual(await answers(t, 5, store, WINDOW_MS / 2), [
			"ok r=2",
			"ok r=1",
			"ok r=2",
			"ok r=1",
			"ok r=2",
		]);
	});
});

test("a sliding window never lets more than its limit through within one window's time", () => {
	const steps = fc.array(fc.nat(600), { maxLength: 120 });
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 8 }), steps, (limit, waits) => {
			let nowMs = 0;
			const store = createSlidingStore({ windowMs: WINDOW_MS, limit, nowMs: () => nowMs });
			const allowed: number[] = [];
			for (const waitMs of waits) {
				nowMs += waitMs;
				if (store.increment("a").totalHits <= limit) allowed.push(nowMs);
			}
			return allowed.every((time, index) => {
				const within = allowed.slice(index).filter((later) => later < time + WINDOW_MS);
				return within.length <= limit;
			});
		}),
		{ numRuns: 1_000 },
	);
});
