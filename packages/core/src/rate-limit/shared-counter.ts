import { type SharedRedis, script } from "../shared-redis.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

/** What Redis says of a hit. */
export interface SharedHits {
	readonly totalHits: number;
	/** Until the window is over, or the next place in a sliding one is free. */
	readonly leftMs: number;
	/** Under what time a sliding window has written it down, if it has: what is given back is found by it. */
	readonly atMs: number | undefined;
}

/** Counts in Redis, for all processes together. One command a request; rejects where Redis does not answer. */
export interface SharedCounter {
	isAway(): boolean;
	count(key: string): Promise<SharedHits>;
	/** Takes one back, and tells how many are left in the window. */
	giveBack(key: string, hits: SharedHits): Promise<number>;
}

/**
 * Time is Redis' own, so that no clock of a process matters. Each gives the count and how long the window still lasts. What
 * is refused is not in it: where others give theirs back, their places are free.
 */
const FIXED = {
	count: script(`
local hits = redis.call("INCR", KEYS[1])
if hits > tonumber(ARGV[2]) then redis.call("DECR", KEYS[1]) end
local left = redis.call("PTTL", KEYS[1])
if left < 0 then
	redis.call("PEXPIRE", KEYS[1], ARGV[1])
	left = tonumber(ARGV[1])
end
return { hits, left }`),
	// A window that is over meanwhile is not opened anew, below nothing.
	giveBack: script(`
if tonumber(redis.call("GET", KEYS[1]) or "0") > 0 then return redis.call("DECR", KEYS[1]) end
return 0`),
};

/** A list of the times of what was let through, the oldest first. */
const SLIDING = {
	count: script(`
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call("LINDEX", KEYS[1], 0)
while oldest and tonumber(oldest) <= now - window do
	redis.call("LPOP", KEYS[1])
	oldest = redis.call("LINDEX", KEYS[1], 0)
end
local count = redis.call("LLEN", KEYS[1])
local left = (tonumber(oldest) or now) + window - now
if count >= limit then return { count + 1, left } end
redis.call("RPUSH", KEYS[1], string.format("%.0f", now))
redis.call("PEXPIRE", KEYS[1], window)
return { count + 1, left, now }`),
	// That one, and not the last: another one in its place would leave the window at another time.
	giveBack: script(`
redis.call("LREM", KEYS[1], -1, ARGV[1])
return redis.call("LLEN", KEYS[1])`),
};

export function createSharedCounter(
	redis: SharedRedis,
	policy: RateLimitPolicy,
	name: string,
): SharedCounter {
	const { count, giveBack } = policy.algorithm === "sliding" ? SLIDING : FIXED;
	const args = [policy.windowMs, policy.limit];
	// The kinds hold different things: one that changes its mind must not find the other's.
	const prefix = `${redis.prefix}limit:${policy.algorithm}:${name}:`;
	return {
		isAway: redis.isAway,
		count: (key) => redis.run("rate limit", count, prefix + key, args).then(readHits),
		async giveBack(key, { atMs }) {
			const given = atMs === undefined ? [] : [atMs];
			return Number(await redis.run("rate limit", giveBack, prefix + key, given));
		},
	};
}

/** A client of the program's may give numbers as texts (`stringNumbers`). */
function readHits(reply: unknown): SharedHits {
	const numbers = reply as readonly unknown[];
	return {
		totalHits: Number(numbers[0]),
		leftMs: Number(numbers[1]),
		atMs: numbers.length > 2 ? Number(numbers[2]) : undefined,
	};
}
