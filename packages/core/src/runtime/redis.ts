import type { Readiness } from "../health/readiness.ts";
import type { Startup } from "../health/startup.ts";
import type { Closers } from "../lifecycle/closers.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import { connectRedis, type RedisConnection } from "../redis/connection.ts";
import { hasRedis, type RedisValues } from "../redis/redis.ts";
import type { SharedRedis } from "../shared-redis.ts";

export interface RedisParts {
	readonly values: () => RedisValues | undefined;
	readonly readiness: Readiness;
	readonly startup: Startup;
	readonly closers: Closers;
	readonly log: () => Logger;
}

/** The Redis of the process: connected once somebody asks for it, closed behind everything that the program closes. */
export interface ProcessRedis {
	open(): SharedRedis | undefined;
	uninstall(): void;
}

export function createProcessRedis({ values, readiness, startup, closers, log }: RedisParts): ProcessRedis {
	let connection: RedisConnection | undefined;
	const undo: (() => void)[] = [];

	function connect(given: RedisValues): RedisConnection {
		const opened = connectRedis(given, given.prefix ?? "", (level, fields, message) =>
			say(log(), level, fields, message),
		);
		undo.push(
			() => opened.uninstall(),
			closers.addOwn("redis", () => opened.close(), { runsLast: true }),
		);
		if (given.readiness !== "ignore") {
			const isCritical = given.readiness === "require";
			undo.push(readiness.add("redis", () => opened.check(), { ttlMs: 0, isCritical }));
			// Whoever cannot do without it is not started without it.
			if (isCritical) startup.add("redis", () => opened.whenUp()).catch(() => {});
		}
		return opened;
	}

	return {
		open() {
			const given = values();
			if (connection === undefined && given !== undefined && hasRedis(given)) connection = connect(given);
			return connection;
		},
		uninstall() {
			for (const each of undo.splice(0)) each();
			connection = undefined;
		},
	};
}
