import type { RedisCommands, Script } from "../shared-redis.ts";

/**
 * Runs a script by its name. Redis forgets scripts at a restart, a failover and SCRIPT FLUSH, and each node of a cluster
 * has its own: then the text goes along once more.
 */
export function runScript(
	commands: RedisCommands,
	{ lua, sha1 }: Script,
	key: string,
	args: readonly (string | number)[],
): Promise<unknown> {
	return commands.evalsha(sha1, 1, key, ...args).catch((error: unknown) => {
		if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
		return commands.eval(lua, 1, key, ...args);
	});
}
