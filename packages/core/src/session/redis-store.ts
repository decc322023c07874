import type { RedisCommands, SharedRedis } from "../shared-redis.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";

const PURPOSE = "session";

/** Sessions in Redis, under the keys and in the JSON of connect-redis: who comes from there keeps his sessions. */
export function createRedisSessionStore(redis: SharedRedis): InnerStore {
	const keyOf = (id: string): string => `${redis.prefix}sess:${id}`;

	function send<T>(id: string, command: (commands: RedisCommands, key: string) => Promise<T>): Promise<T> {
		const key = keyOf(id);
		return redis.send(PURPOSE, key, (commands) => command(commands, key));
	}

	function read(id: string): Promise<string | null> {
		return send(id, (commands, key) => commands.get(key));
	}

	return {
		heedsMustExist: true,
		// Redis' own end comes sooner, and it is told there.
		isGuarded: true,
		get(id, callback, begun) {
			const text = (begun as Promise<string | null> | undefined) ?? read(id);
			settle(text, callback, parse);
		},
		set(id, session, callback, options) {
			const ttl = ["PX", ttlMs(session)] as const;
			const condition = options?.mustExist ? (["XX"] as const) : [];
			settle(
				send(id, (commands, key) => commands.set(key, JSON.stringify(session), ...ttl, ...condition)).then(
					(reply) => reply !== null,
				),
				callback,
			);
		},
		destroy(id, callback) {
			settle(
				send(id, (commands, key) => commands.del(key)),
				callback,
			);
		},
		/** The time to live alone: what a parallel request writes meanwhile is not written over. */
		touch(id, session, callback) {
			settle(
				send(id, (commands, key) => commands.pexpire(key, ttlMs(session))),
				callback,
			);
		},
		begin(id) {
			const text = read(id);
			// Whoever does not come for it has been refused before.
			text.catch(() => {});
			return text;
		},
	};
}

function ttlMs({ cookie }: StoredSession): number {
	return Math.max(1, Math.round(new Date(cookie.expires ?? 0).getTime() - Date.now()));
}

function settle<T>(answer: Promise<T>, callback: StoreCallback, read: (value: T) => unknown = asItIs): void {
	// A program that throws behind the callback throws there, and is not called a second time.
	answer.then(
		(value) => {
			try {
				process.nextTick(callback, null, read(value));
			} catch (error) {
				process.nextTick(callback, error);
			}
		},
		(error: unknown) => process.nextTick(callback, error),
	);
}

function asItIs(value: unknown): unknown {
	return value;
}

function parse(text: string | null): unknown {
	return text === null ? undefined : JSON.parse(text);
}
