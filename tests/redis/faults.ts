/** What can become of a Redis, as data: the tests go through all of it, and so does the table of `docs/redis.md`. */

import type { Owner } from "./rig/member.ts";
import { type Proxy as Network, startProxy } from "./rig/proxy.ts";
import { type Redis, type RedisOptions, startRedis } from "./rig/server.ts";

export interface Rig {
	readonly redis: Redis;
	/** Between the program and Redis. */
	readonly proxy: Network;
}

export interface Fault {
	/** As the table names it. */
	readonly name: string;
	/** What the log calls it: away (nobody answers in time) or refuses (Redis answers with an error). */
	readonly kind: "away" | "refuses";
	/** The word in the log; some faults show in more ways than one. */
	readonly reason: RegExp;
	readonly server?: RedisOptions;
	readonly begin: (rig: Rig) => unknown;
	readonly end: (rig: Rig) => unknown;
	/** Reads go on: only what writes is refused. */
	readonly canRead?: true;
}

const CLOSED = /^(ECONNREFUSED|ECONNRESET|EPIPE|closed)$/;

export const FAULTS: readonly Fault[] = [
	{
		name: "frozen (SIGSTOP)",
		kind: "away",
		reason: /^timeout$/,
		begin: ({ redis }) => redis.freeze(),
		end: ({ redis }) => redis.thaw(),
	},
	{
		name: "killed, and started again",
		kind: "away",
		reason: CLOSED,
		begin: ({ redis }) => redis.kill(),
		end: ({ redis }) => redis.restart(),
	},
	{
		name: "a network that swallows everything",
		kind: "away",
		reason: /^timeout$/,
		begin: ({ proxy }) => proxy.blackHole(),
		end: ({ proxy }) => proxy.heal(),
	},
	{
		name: "connections refused",
		kind: "away",
		reason: CLOSED,
		begin: ({ proxy }) => proxy.refuse(),
		end: ({ proxy }) => proxy.heal(),
	},
	{
		name: "answers that take longer than the budget",
		kind: "away",
		reason: /^timeout$/,
		// Well beyond it, whatever the budget.
		begin: ({ proxy }) => proxy.delay(1_500),
		end: ({ proxy }) => proxy.heal(),
	},
	{
		name: "memory full (noeviction)",
		kind: "refuses",
		reason: /^OOM$/,
		begin: ({ redis }) => redis.command("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction"),
		end: ({ redis }) => redis.command("CONFIG", "SET", "maxmemory", "0"),
		canRead: true,
	},
	{
		name: "a replica, which takes no writes",
		kind: "refuses",
		reason: /^READONLY$/,
		begin: ({ redis }) => redis.command("REPLICAOF", "127.0.0.1", "1"),
		end: ({ redis }) => redis.command("REPLICAOF", "NO", "ONE"),
		canRead: true,
	},
	{
		name: "a user who may not (ACL)",
		kind: "refuses",
		reason: /^NOPERM$/,
		begin: ({ redis }) => redis.command("ACL", "SETUSER", "default", "-@all", "+ping", "+info", "+exists"),
		end: ({ redis }) => redis.command("ACL", "SETUSER", "default", "+@all"),
	},
	{
		name: "a replica that has lost its master (MASTERDOWN)",
		kind: "refuses",
		reason: /^MASTERDOWN$/,
		begin: async ({ redis }) => {
			await redis.command("CONFIG", "SET", "replica-serve-stale-data", "no");
			await redis.command("REPLICAOF", "127.0.0.1", "1");
		},
		end: ({ redis }) => redis.command("REPLICAOF", "NO", "ONE"),
	},
	{
		name: "too few replicas for a write (NOREPLICAS)",
		kind: "refuses",
		reason: /^NOREPLICAS$/,
		begin: ({ redis }) => redis.command("CONFIG", "SET", "min-replicas-to-write", "1"),
		end: ({ redis }) => redis.command("CONFIG", "SET", "min-replicas-to-write", "0"),
		canRead: true,
	},
];

export async function startRig(owner: Owner, { server }: Fault): Promise<Rig> {
	const redis = await startRedis(owner, server);
	return { redis, proxy: await startProxy(owner, redis.port) };
}
