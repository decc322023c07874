import { isIP } from "node:net";
import { deepFreeze } from "../freeze.ts";
import { parseHost as readHost } from "../host.ts";
import { parseBoolean } from "./boolean.ts";
import { parseList } from "./list.ts";
import { parseNumber, parsePort } from "./number.ts";
import { type Parser, parseWord, refuse } from "./parsed.ts";
import { conceal, type Secret } from "./secret.ts";
import { parseTrustProxy, type TrustProxy } from "./trust-proxy.ts";
import { maskUrl, parseUrl } from "./url.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** What the library itself reads; a variable that is not set, or not right, is `undefined`. */
export interface Variables {
	readonly nodeEnv: string | undefined;
	readonly appEnv: string | undefined;
	readonly port: number | undefined;
	readonly host: string | undefined;
	readonly logLevel: (typeof LOG_LEVELS)[number] | undefined;
	readonly redisUrl: Secret | undefined;
	readonly redisPassword: Secret | undefined;
	readonly redisTls: boolean | undefined;
	readonly redisPrefix: string | undefined;
	/** The first signs, the others are still accepted. */
	readonly sessionSecrets: readonly Secret[] | undefined;
	readonly trustProxy: TrustProxy | undefined;
	readonly externalUrl: string | undefined;
	readonly shutdownGraceSeconds: number | undefined;
}

export interface Variable<T> {
	readonly name: string;
	/** What it is for, for docs and `.env.example`. */
	readonly purpose: string;
	readonly parse: Parser<T>;
	/** May also come from the file named in `NAME_FILE`. */
	readonly secret?: true;
}

export type VariableTable = { readonly [K in keyof Variables]: Variable<NonNullable<Variables[K]>> };

const redisUrl = parseUrl({ protocols: ["redis", "rediss"] });

/** Every variable this library reads; the platforms' own are in `config/platforms`. */
export const VARIABLES: VariableTable = deepFreeze<VariableTable>({
	nodeEnv: {
		name: "NODE_ENV",
		purpose: "production, development or test; anything else counts as production",
		parse: (value) => ({ value }),
	},
	appEnv: {
		name: "APP_ENV",
		purpose: "the stage, where there are several productions: staging, preview",
		parse: matching(/^[\w.-]+$/, "is not a plain word", "type letters, digits, dots and dashes: staging"),
	},
	port: { name: "PORT", purpose: "the port that the program hands to listen()", parse: parsePort },
	host: {
		name: "HOST",
		purpose: "the address or host name that the program hands to listen()",
		parse: parseHost,
	},
	logLevel: {
		name: "LOG_LEVEL",
		purpose: `the least important line that is logged: ${LOG_LEVELS.join(", ")}`,
		parse: parseWord(LOG_LEVELS),
	},
	redisUrl: {
		name: "REDIS_URL",
		purpose:
			"the Redis for sessions and limits, or a comma list of nodes or sentinels; without it they are in memory",
		parse: (text) => {
			const parts = text.split(",").map((part) => part.trim());
			const faulty = parts.map(redisUrl).find((parsed) => !("value" in parsed));
			return (
				(faulty as ReturnType<Parser<never>>) ?? {
					value: conceal(parts.join(","), parts.map(maskUrl).join(",")),
				}
			);
		},
		secret: true,
	},
	redisPassword: {
		name: "REDIS_PASSWORD",
		purpose: "the password of Redis, where it does not stand in REDIS_URL",
		parse: (text) => ({ value: conceal(text) }),
		secret: true,
	},
	redisTls: { name: "REDIS_TLS", purpose: "whether Redis is spoken to over TLS", parse: parseBoolean },
	redisPrefix: {
		name: "REDIS_PREFIX",
		purpose: "what every key in Redis starts with",
		parse: matching(/^\S+$/, "has white space in it", "type a prefix without spaces: shop:"),
	},
	sessionSecrets: {
		name: "SESSION_SECRET",
		purpose: "signs the session cookie; a comma list rotates: the first signs, all are accepted",
		parse: (text) => {
			const parsed = parseList(text);
			return "value" in parsed ? { value: parsed.value.map((item) => conceal(item)) } : parsed;
		},
		secret: true,
	},
	trustProxy: {
		name: "TRUST_PROXY",
		purpose: "how many proxies stand in front, or their addresses and networks, or none",
		parse: parseTrustProxy,
	},
	externalUrl: {
		name: "EXTERNAL_URL",
		purpose: "the address users type to reach the app",
		parse: parseExternalUrl,
	},
	shutdownGraceSeconds: {
		name: "SHUTDOWN_GRACE_SECONDS",
		purpose: "seconds between the platform's stop signal and its kill",
		parse: parseNumber({ min: 0, max: 86_400 }),
	},
});

const externalUrl = parseUrl({ protocols: ["https", "http"], bare: true });

/** `https://*.example.com` is a URL too, and no host that a request could ask for. */
function parseExternalUrl(text: string): ReturnType<Parser<string>> {
	const parsed = externalUrl(text);
	if (!("value" in parsed) || readHost(new URL(text).host) !== undefined) return parsed;
	return refuse("has a host that nobody can ask for", "type one whole name, like https://example.com");
}

function matching(pattern: RegExp, problem: string, hint: string): Parser<string> {
	return (text) => (pattern.test(text) ? { value: text } : refuse(problem, hint));
}

function parseHost(text: string): ReturnType<Parser<string>> {
	const isHost = isIP(text) !== 0 || /^[a-z\d](?:[\w.-]*[a-z\d])?$/i.test(text);
	return isHost
		? { value: text }
		: refuse("is not an address or host name", "type 0.0.0.0, ::, localhost, without protocol and port");
}
