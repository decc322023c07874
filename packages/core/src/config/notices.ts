import type { ReadVariables } from "../env/variables.ts";
import { STRONG_SECRET_HINT } from "../env/weakness.ts";
import type { Fault } from "../errors.ts";
import { parseHost } from "../host.ts";
import { compileAllowed } from "../hosts/allowed.ts";
import type { Surrounding } from "./layers.ts";
import type { Options } from "./options.ts";

/** What does not stop the boot and should be known: each is said once. */
export function noticesOf(options: Options, read: ReadVariables, surrounding: Surrounding): readonly Fault[] {
	return [
		...overridden(options, read),
		...emptyPort(read),
		...emptySecret(options, read),
		...ownHostRefused(options, read),
		...noGrace(surrounding),
		...developmentAbroad(surrounding),
	];
}

/** Variables that are set while the code says otherwise. */
function overridden(options: Options, read: ReadVariables): Fault[] {
	const { proxy, logging, session, shutdown, redis } = options;
	const pairs: readonly (readonly [variable: string, at: string, isGiven: boolean])[] = [
		["TRUST_PROXY", "proxy", proxy === false || proxy?.hops !== undefined || proxy?.trust !== undefined],
		["SESSION_SECRET", "session", session === false],
		[
			"SESSION_SECRET",
			"session.secret",
			session !== undefined && session !== false && session.secret !== undefined,
		],
		["LOG_LEVEL", "logging.level", logging !== undefined && logging !== false && logging.level !== undefined],
		[
			"SHUTDOWN_GRACE_SECONDS",
			"shutdown.deadlineMs",
			shutdown !== undefined && shutdown !== false && shutdown.deadlineMs !== undefined,
		],
	];
	const redisPairs = (["url", "password", "tls", "prefix"] as const).map(
		(key) =>
			[`REDIS_${key.toUpperCase()}`, `redis.${key}`, Boolean(redis && redis[key] !== undefined)] as const,
	);
	return [...pairs, ...redisPairs, ["REDIS_URL", "redis", redis === false] as const]
		.filter(([variable, , isGiven]) => isGiven && variable in read.given)
		.map(([variable, at]) => ({
			code: "CODE_OVERRIDES_ENV",
			at: variable,
			problem: `is set, and the code says ${at}, which wins`,
			hint: `take ${variable} out of the environment, or ${at} out of the code`,
		}));
}

/** For us it is not set; but `listen` gets it from the program, and whether it fails there depends on how that is written. */
function emptyPort({ emptied }: ReadVariables): Fault[] {
	if (!emptied.includes("PORT")) return [];
	return [
		{
			code: "ENV_INVALID",
			at: "PORT",
			problem:
				"is set to nothing: a default behind ?? is not taken then, and Number() makes 0 of it, which is any port",
			hint: "PORT=3000, or take PORT out",
		},
	];
}

/** By a secret alone sessions begin: without it no route has one, and nothing else would say so. */
function emptySecret({ preset, session }: Options, { emptied }: ReadVariables): Fault[] {
	if (!emptied.includes("SESSION_SECRET") || session !== undefined || preset === "web") return [];
	return [
		{
			code: "ENV_MISSING",
			at: "SESSION_SECRET",
			problem: "is set to nothing, so there are no sessions",
			hint: `${STRONG_SECRET_HINT}; or take SESSION_SECRET out, if there are none`,
		},
	];
}

/** The program lists its hosts, and forgets the one that users type. */
function ownHostRefused({ hosts }: Options, { variables: { externalUrl } }: ReadVariables): Fault[] {
	if (!hosts || hosts.allowed === undefined || externalUrl === undefined) return [];
	const { protocol, hostname, host } = new URL(externalUrl);
	if (compileAllowed(hosts.allowed)(parseHost(host)!, protocol === "https:")) return [];
	return [
		{
			code: "CODE_OVERRIDES_ENV",
			at: "EXTERNAL_URL",
			problem: `says that users type ${hostname}, and the code says hosts.allowed, which refuses it`,
			hint: `hosts: { allowed: ${JSON.stringify([...hosts.allowed, hostname])} }`,
		},
	];
}

function noGrace({ graceMs, platforms }: Surrounding): Fault[] {
	if (graceMs !== 0) return [];
	return [
		{
			code: "NO_GRACE",
			at: platforms.join("+"),
			problem: "gives no time between the stop signal and the kill: no request is finished at a deploy",
			hint: "give it time (Railway: RAILWAY_DEPLOYMENT_DRAINING_SECONDS=30), and say so in SHUTDOWN_GRACE_SECONDS",
		},
	];
}

/** Development on a platform that serves the world: readable errors and logs are then for everybody. */
function developmentAbroad({ mode, platforms }: Surrounding): Fault[] {
	if (mode !== "development" || platforms.every((platform) => platform === "plain")) return [];
	return [
		{
			code: "ENV_UNSAFE",
			at: "NODE_ENV",
			problem: `is development, and the process runs on ${platforms.join(", ")}`,
			hint: "set NODE_ENV=production, and the stage as APP_ENV",
		},
	];
}
