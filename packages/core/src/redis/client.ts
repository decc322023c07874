import { createRequire } from "node:module";
import type { Cluster, RedisOptions as IoredisOptions, Redis } from "ioredis";
import { databaseOf, type RedisValues, urlsOf } from "./redis.ts";

const require = createRequire(import.meta.url);

export type Client = Redis | Cluster;

/** Replies as they have always been; the new shapes of ioredis 6 are for those who ask. */
type Options = IoredisOptions & { replyMapping: "legacy" };

const load = (): typeof import("ioredis") => require("ioredis");

/**
 * What opens a client of ioredis that never waits for a Redis that is not there: who waits, and how long, is our circuit's.
 * What is wrong with the values is thrown here already; the library is loaded by what is returned.
 */
export function clientOf(values: Readonly<RedisValues>): () => Client {
	const [first, ...others] = urlsOf(values);
	const urls = [first!, ...others];
	const common = commonOptions(values, first!);
	if (values.topology === "cluster") {
		const nodes = urls.map(addressOf);
		const open = (): Client =>
			new (load().Cluster)(nodes, {
				redisOptions: common,
				enableOfflineQueue: false,
				clusterRetryStrategy: retryDelay,
				clusterNodeRetryStrategy: retryDelay,
				slotsRefreshTimeout: values.connectTimeoutMs,
				// Followed within the time that a request may wait.
				maxRedirections: 4,
				retryDelayOnFailover: 20,
				retryDelayOnClusterDown: 20,
				retryDelayOnTryAgain: 20,
			});
		return open;
	}
	const retrying: Options = { ...common, enableOfflineQueue: false, retryStrategy: retryDelay };
	if (values.topology === "sentinel") {
		const { tls, ...rest } = retrying;
		const options: Options = {
			...rest,
			// The password and the user of the server; a sentinel has its own in its URL.
			password: passwordOf(values),
			sentinels: urls.map(addressOf),
			...(first!.password !== "" && { sentinelPassword: decodeURIComponent(first!.password) }),
			...(first!.username !== "" && { sentinelUsername: decodeURIComponent(first!.username) }),
			name: values.masterName,
			...(tls !== undefined && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
			sentinelRetryStrategy: retryDelay,
			// One that accepts and says nothing must not keep the others from being asked.
			sentinelCommandTimeout: values.connectTimeoutMs,
			failoverDetector: true,
			// What was the master refuses writes: the sentinels know who is the new one.
			reconnectOnError: ({ message }) => message.startsWith("READONLY"),
		};
		return () => new (load().Redis)(options);
	}
	const options: Options = { ...addressOf(first!), ...retrying };
	return () => new (load().Redis)(options);
}

function commonOptions(values: Readonly<RedisValues>, url: URL): Options {
	const tls = url.protocol === "rediss:" || values.tls !== false;
	const database = databaseOf(url);
	return {
		replyMapping: "legacy",
		...(url.username !== "" && { username: decodeURIComponent(url.username) }),
		password: passwordOf(values) ?? (url.password === "" ? undefined : decodeURIComponent(url.password)),
		...(database > 0 && { db: database }),
		...(tls && { tls: { ...(typeof values.tls === "object" && values.tls) } }),
		connectTimeout: values.connectTimeoutMs,
		connectionName: "production-ready",
		// A connection that does not say goodbye is not waited for.
		disconnectTimeout: 50,
		// What was sent and not answered may have been done: counted twice would be worse than not known.
		maxRetriesPerRequest: 0,
		// What requests ask for in one turn of the loop goes out in one write.
		enableAutoPipelining: true,
	};
}

function passwordOf({ password }: Readonly<RedisValues>): string | undefined {
	return typeof password === "object" ? password.reveal() : password;
}

function addressOf({ hostname, port }: URL): { host: string; port: number } {
	return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 6_379 : Number(port) };
}

/** Soon, because requests fare worse until then; and by chance apart, because all instances lost it together. */
function retryDelay(attempts: number): number {
	return Math.min(50 * 2 ** Math.min(attempts, 4), 400) * (0.75 + Math.random() / 2);
}
