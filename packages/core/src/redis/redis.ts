import {
	type Checks,
	either,
	libraryOptions,
	listOf,
	milliseconds,
	objectWith,
	oneOf,
	text,
} from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Settings } from "../exchange/room.ts";

export interface RedisOptions {
	/**
	 * `redis://user:password@host:6379/0`, or `rediss://` for TLS. A list (or `REDIS_URL` with commas) names several nodes
	 * of a cluster, or several sentinels, of which one has to answer.
	 */
	url?: string | readonly string[] | undefined;
	/** What stands behind the URL: one server, a Redis Cluster, or sentinels that know the server. */
	topology?: "standalone" | "cluster" | "sentinel" | undefined;
	/** The name under which sentinels know the master. */
	masterName?: string | undefined;
	/** Where it does not stand in the URL. For sentinels it is the server's; theirs stands in their URL. */
	password?: string | undefined;
	/** `true`, or what `tls.connect` takes: `{ ca }`. */
	tls?: boolean | object | undefined;
	/** What every key begins with. By default the package's name and the stage, so that no two apps or stages share keys. */
	prefix?: string | undefined;
	/** How long a request waits for an answer of Redis. Then Redis counts as away, until it answers again. */
	commandTimeoutMs?: number | undefined;
	/** How long one attempt to connect may take. */
	connectTimeoutMs?: number | undefined;
	/**
	 * What `/readyz` says while Redis is away: `report` names it and stays 200, `require` is 503, `ignore` says nothing.
	 * With `require` an outage of Redis takes all instances out of service at once, and a process that does not find it
	 * within a minute of its start ends with 1. Liveness never depends on it.
	 */
	readiness?: "report" | "require" | "ignore" | undefined;
	/** Your own client of ioredis (`Redis` or `Cluster`), which stays yours: it is not closed. */
	client?: object | undefined;
}

/** A text that prints as `[secret]`. */
interface Concealed {
	reveal(): string;
}

export interface RedisValues {
	url: string | Concealed | readonly string[] | undefined;
	topology: "standalone" | "cluster" | "sentinel";
	masterName: string;
	password: string | Concealed | undefined;
	tls: boolean | object;
	prefix: string | undefined;
	commandTimeoutMs: number;
	connectTimeoutMs: number;
	readiness: "report" | "require" | "ignore";
	client: object | undefined;
}

const DEFAULTS: RedisValues = {
	url: undefined,
	topology: "standalone",
	masterName: "mymaster",
	password: undefined,
	tls: false,
	prefix: undefined,
	commandTimeoutMs: 100,
	connectTimeoutMs: 1_000,
	readiness: "report",
	client: undefined,
};

const URL_CHECK = {
	...text(/^rediss?:\/\/[^\s/]+/, "a URL such as redis://host:6379", "redis://127.0.0.1:6379"),
	isSecret: true,
};

const CHECKS: Checks<RedisValues> = {
	url: { ...either(URL_CHECK, listOf(URL_CHECK)), isSecret: true },
	topology: oneOf(["standalone", "cluster", "sentinel"]),
	masterName: text(/^[\w.-]+$/, "a name that sentinels know", "mymaster"),
	password: { ...text(/^[^\r\n]+$/, "text", "..."), isSecret: true },
	tls: { ...libraryOptions("tls.connect", "true"), isSecret: true },
	prefix: text(/^[^\s{}*?[\]]*$/, "text without white space, braces and wildcards", "shop:"),
	commandTimeoutMs: milliseconds({ min: 1, example: 100 }),
	connectTimeoutMs: milliseconds({ min: 10, example: 1_000 }),
	readiness: oneOf(["report", "require", "ignore"]),
	client: objectWith(["get", "evalsha", "on", "disconnect"], "new Redis({ port: 6_379 })"),
};

/** Whether there is a Redis at all: it is named, or handed over. */
export function hasRedis(values: Readonly<RedisValues>): boolean {
	return values.url !== undefined || values.client !== undefined;
}

/** The number of the database that a URL names; 0 where it names none. */
export function databaseOf(url: URL): number {
	return Number(url.pathname.slice(1));
}

/** The URLs one by one, the first one first. */
export function urlsOf({ url }: Pick<RedisValues, "url">): readonly URL[] {
	if (url === undefined) return [];
	const texts = typeof url === "string" ? url.split(",") : "reveal" in url ? url.reveal().split(",") : url;
	return texts.map((part) => new URL(part.trim()));
}

function isDecodable(text: string): boolean {
	try {
		decodeURIComponent(text);
		return true;
	} catch {
		return false;
	}
}

function coherence(values: Readonly<RedisValues>): readonly Fault[] {
	const faults: Fault[] = [];
	const incoherent = (at: string, problem: string, hint: string): number =>
		faults.push({ code: "OPTIONS_INCOHERENT", at: `redis.${at}`, problem, hint });
	let urls: readonly URL[];
	try {
		urls = urlsOf(values);
	} catch {
		return [
			{
				code: "OPTION_INVALID",
				at: "redis.url",
				problem: "is no URL; its port may be above 65535",
				hint: 'redis: { url: "redis://127.0.0.1:6379" }',
			},
		];
	}
	if (urls.some(({ username, password }) => !isDecodable(username) || !isDecodable(password))) {
		incoherent("url", "has a % in the user or the password that is no escape", "write it as %25");
	}
	// Behind sentinels each of the two has its own.
	const { password } = values;
	const inUrl = urls.map((url) => url.password).filter((text) => text !== "" && isDecodable(text));
	const beside = typeof password === "object" ? password.reveal() : password;
	if (
		values.topology !== "sentinel" &&
		beside !== undefined &&
		inUrl.some((text) => decodeURIComponent(text) !== beside)
	) {
		incoherent(
			"password",
			"differs from the password in the URL, and only one of them can be right",
			"keep one of the two: in redis.url (REDIS_URL) or in redis.password (REDIS_PASSWORD)",
		);
	}
	if (urls.some(({ pathname }) => !/^\/?\d*$/.test(pathname))) {
		incoherent("url", "names a database, and that is a number", "redis://host:6379/0");
	}
	if (urls.length > 1 && values.topology === "standalone") {
		incoherent(
			"url",
			"names several servers, and a standalone Redis is one",
			'redis: { topology: "cluster" } or "sentinel"',
		);
	}
	if (values.topology === "cluster" && urls.some(({ pathname }) => !/^\/?0?$/.test(pathname))) {
		incoherent(
			"url",
			"names a database, and a cluster has number 0 only",
			"redis://host:6379 without a number",
		);
	}
	return faults;
}

export const REDIS: Settings<RedisValues> = {
	key: "redis",
	purpose:
		"Limits and sessions that every process counts for itself, and a Redis that takes the app down with it",
	DEFAULTS,
	CHECKS,
	coherence,
	EXCLUSIVE: [["url", "client"]],
};
