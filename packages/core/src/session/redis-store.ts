import { currentExchange } from "../exchange/current.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { RedisCommands, SharedRedis } from "../shared-redis.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";

/** Sessions in Redis, under the keys and in the JSON of connect-redis: who comes from there keeps his sessions. */
export interface RedisSessionStore extends InnerStore {
	/** Asks for a session before its turn, while the request waits for something else. */
	askEarly(id: string, exchange: Exchange): void;
}

const PURPOSE = "session";

export function createRedisSessionStore(redis: SharedRedis): RedisSessionStore {
	const early = new WeakMap<Exchange, { readonly id: string; readonly text: Promise<string | null> }>();
	const keyOf = (id: string): string => `${redis.prefix}sess:${id}`;

	function send<T>(id: string, command: (commands: RedisCommands, key: string) => Promise<T>): Promise<T> {
		const key = keyOf(id);
		return redis.send(PURPOSE, key, (commands) => command(commands, key));
	}

	function read(id: string): Promise<string | null> {
		const exchange = currentExchange();
		const asked = exchange && early.get(exchange);
		if (asked?.id !== id) return send(id, (commands, key) => commands.get(key));
		// Once: what is read again is to be as it is by then.
		early.delete(exchange!);
		return asked.text;
	}

	return {
		heedsMustExist: true,
		// Redis' own end comes sooner, and it is told there.
		isGuarded: true,
		get(id, callback) {
			settle(
				read(id).then((text) => (text === null ? undefined : JSON.parse(text))),
				callback,
			);
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
		askEarly(id, exchange) {
			const text = send(id, (commands, key) => commands.get(key));
			// Whoever does not come for it has been refused before.
			text.catch(() => {});
			early.set(exchange, { id, text });
		},
	};
}

function ttlMs({ cookie }: StoredSession): number {
	return Math.max(1, Math.round(new Date(cookie.expires ?? 0).getTime() - Date.now()));
}

function settle(answer: Promise<unknown>, callback: StoreCallback): void {
	// A program that throws behind the callback throws there, and is not called a second time.
	answer.then(
		(value) => process.nextTick(callback, null, value),
		(error: unknown) => process.nextTick(callback, error),
	);
}
