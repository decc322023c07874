import { createHash } from "node:crypto";

/** A Lua script, and the name under which Redis keeps it. */
export interface Script {
	readonly lua: string;
	readonly sha1: string;
}

export function script(lua: string): Script {
	return Object.freeze({ lua, sha1: createHash("sha1").update(lua).digest("hex") });
}

/** The commands of ioredis that are used here; a `Redis` and a `Cluster` have them all. */
export interface RedisCommands {
	get(key: string): Promise<string | null>;
	set(...args: readonly (string | number)[]): Promise<string | null>;
	pexpire(key: string, milliseconds: number): Promise<number>;
	del(key: string): Promise<number>;
	exists(key: string): Promise<number>;
	eval(lua: string, keys: number, ...rest: readonly (string | number)[]): Promise<unknown>;
	evalsha(sha1: string, keys: number, ...rest: readonly (string | number)[]): Promise<unknown>;
}

/**
 * The Redis of the process as rooms see it: each call ends within `commandTimeoutMs`, and at once while Redis is away.
 * A call that got no answer, or an error for one, rejects; what went wrong is in the log and in no text for clients.
 */
export interface SharedRedis {
	/** What every key begins with: the app and its stage. */
	readonly prefix: string;
	/** Whether it is known to be away: a call would reject at once. */
	isAway(): boolean;
	/** `purpose` says in the log what was not done: "rate limit". `key` is where the command goes, also in a cluster. */
	send<T>(purpose: string, key: string, command: (commands: RedisCommands) => Promise<T>): Promise<T>;
	/** Runs a script by its name, and by its text where Redis does not have it (yet, or any more). */
	run(purpose: string, script: Script, key: string, args: readonly (string | number)[]): Promise<unknown>;
}
