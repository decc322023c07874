import type { ReadVariables } from "../env/variables.ts";
import type { Fault } from "../errors.ts";
import { parseHost } from "../host.ts";
import { compileAllowed } from "../hosts/allowed.ts";
import type { Surrounding } from "./layers.ts";
import type { Options } from "./options.ts";

/** What does not stop the boot and should be known: each is said once. */
export function noticesOf(options: Options, read: ReadVariables, surrounding: Surrounding): readonly Fault[] {
	return [
		...overridden(options, read),
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
