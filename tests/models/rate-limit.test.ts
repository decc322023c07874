/** The limit's keys and its store, beside those of express-rate-limit. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ipKeyGenerator, MemoryStore as TheirStore, rateLimit as theirLimiter } from "express-rate-limit";
import fc from "fast-check";
import { clientKey, IPV6_PREFIX_BITS } from "../../packages/core/src/rate-limit/client-key.ts";
import type { KeyedHash } from "../../packages/core/src/rate-limit/keyed-hash.ts";
import { createMemoryStore } from "../../packages/core/src/rate-limit/memory-store.ts";
import { createSlidingStore } from "../../packages/core/src/rate-limit/sliding-store.ts";
import { CLEARED_AT_ONCE, createWindows } from "../../packages/core/src/rate-limit/windows.ts";

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

/** What windows are, said with a Map: the order of insertion is the order in which they end. */
function plainWindows(maxKeys: number) {
	const windows = new Map<string, { hits: number; endMs: number }>();
	let overflow = { hits: 0, endMs: Number.NEGATIVE_INFINITY };
	const isLive = (window: { endMs: number } | undefined, now: number): boolean =>
		window !== undefined && window.endMs > now && window.endMs - now <= WINDOW_MS;
	return {
		count(key: string, now: number) {
			const known = windows.get(key);
			if (known !== undefined && isLive(known, now)) return { ...known, hits: ++known.hits };
			windows.delete(key);
			for (const [old, window] of windows) {
				if (isLive(window, now)) break;
				windows.delete(old);
			}
			const opened = { hits: 1, endMs: now + WINDOW_MS };
			if (windows.size < maxKeys) windows.set(key, opened);
			else if (isLive(overflow, now)) overflow.hits++;
			else overflow = opened;
			return { ...(windows.get(key) ?? overflow) };
		},
		takeBack(key: string, now: number) {
			const window = isLive(windows.get(key), now) ? windows.get(key)! : overflow;
			if (isLive(window, now) && window.hits > 0) window.hits--;
		},
		forget: (key: string) => void windows.delete(key),
		look(key: string, now: number) {
			const window = windows.get(key);
			return window !== undefined && isLive(window, now) ? { ...window } : undefined;
		},
	};
}

/** All keys in so many lists, and none the same as another. */
const collidingIn = (lists: number): KeyedHash => ({
	of: (text) => ({ low: Number(text) % lists, high: Number(text) }),
});

/** Mostly forward, and now and then far back, as by somebody who sets the clock. */
const moveMs = fc.oneof(
	{ weight: 8, arbitrary: fc.nat(200) },
	{ weight: 2, arbitrary: fc.nat(3 * WINDOW_MS) },
	{ weight: 1, arbitrary: fc.integer({ min: -2 * WINDOW_MS, max: -1 }) },
);

describe("the table of windows", () => {
	test("counts as a plain Map does, in thousands of schedules", () => {
		const steps = fc.array(
			fc.record({
				key: fc.nat(24).map(String),
				does: fc.constantFrom("count", "count", "count", "count", "takeBack", "forget", "look"),
				moveMs,
			}),
			{ maxLength: 150 },
		);
		const keyedHash = fc.constantFrom(undefined, collidingIn(1), collidingIn(3));
		fc.assert(
			fc.property(steps, fc.integer({ min: 0, max: CLEARED_AT_ONCE }), keyedHash, (moves, maxKeys, hash) => {
				let now = 1e9;
				const expected = plainWindows(maxKeys);
				const windows = createWindows({
					windowMs: WINDOW_MS,
					maxKeys,
					nowMs: () => now,
					...(hash && { keyedHash: hash }),
				});
				const seen = { totalHits: 0, resetAtMs: 0 };
				for (const { key, does, moveMs } of moves) {
					now += moveMs;
					if (does === "count") {
						windows.count(key, seen);
						const { hits, endMs } = expected.count(key, now);
						assert.deepEqual(seen, { totalHits: hits, resetAtMs: endMs });
					} else if (does === "look") {
						const window = expected.look(key, now);
						assert.equal(windows.look(key, seen), window !== undefined);
						if (window !== undefined) {
							assert.deepEqual(seen, { totalHits: window.hits, resetAtMs: window.endMs });
						}
					} else {
						windows[does as "takeBack" | "forget"](key);
						expected[does as "takeBack" | "forget"](key, now);
					}
				}
			}),
			{ numRuns: 5_000 },
		);
	});

	test("does so with many keys too, while time goes on as it does", () => {
		const steps = fc.array(fc.record({ key: fc.nat(400).map(String), moveMs: fc.nat(10) }), {
			minLength: 300,
			maxLength: 1_500,
		});
		fc.assert(
			fc.property(steps, fc.integer({ min: 50, max: 300 }), (moves, maxKeys) => {
				let now = 1e9;
				const expected = plainWindows(maxKeys);
				const windows = createWindows({ windowMs: WINDOW_MS, maxKeys, nowMs: () => now });
				const seen = { totalHits: 0, resetAtMs: 0 };
				for (const { key, moveMs } of moves) {
					now += moveMs;
					windows.count(key, seen);
					const { hits, endMs } = expected.count(key, now);
					assert.deepEqual(seen, { totalHits: hits, resetAtMs: endMs });
				}
			}),
			{ numRuns: 100 },
		);
	});

	test("keeps a key that is used up through a flood of a million others", () => {
		const windows = createWindows({ windowMs: WINDOW_MS, maxKeys: 10_000, nowMs: () => 0 });
		const seen = { totalHits: 0, resetAtMs: 0 };
		for (let hit = 0; hit < 300; hit++) windows.count("blocked", seen);
		for (let other = 0; other < 1_000_000; other++) windows.count(`other-${other}`, seen);
		windows.count("blocked", seen);
		assert.equal(seen.totalHits, 301);
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
