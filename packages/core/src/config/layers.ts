import type { Mode, ReadVariables } from "../env/variables.ts";
import { mergePlatforms, type PlatformFacts, type PlatformName } from "./platforms.ts";
import { PRESETS, type PresetName } from "./presets.ts";

type Values = Readonly<Record<string, unknown>>;
export type Layer = Readonly<Record<string, Values | false>>;

/** One source of values, and the word for it. A later one wins. */
export interface Step {
	/** The origin of a value of this layer: `preset:api`, `env:TRUST_PROXY`. */
	readonly origin: (room: string, key: string) => string;
	readonly layer: Layer;
}

/** What stands between the signal and the kill for the exit itself: a fifth of the grace, at most two seconds. */
export function deadlineWithin(graceMs: number): number {
	return Math.round(graceMs - Math.min(2_000, graceMs / 5));
}

export interface Surrounding {
	readonly mode: Mode;
	readonly preset: PresetName;
	readonly platforms: readonly PlatformName[];
	readonly facts: PlatformFacts;
	/** Between the stop signal and the kill, if anybody knows. */
	readonly graceMs: number | undefined;
}

/** Everything between a room's defaults and what the code says, from the weakest to the strongest. */
export function layersOf(surrounding: Surrounding, read: ReadVariables): readonly Step[] {
	const { preset, platforms } = surrounding;
	return [
		{ origin: () => `platform:${platforms.join("+")}`, layer: platformLayer(surrounding) },
		{ origin: () => `preset:${preset}`, layer: PRESETS[preset] },
		{ origin: (room, key) => `env:${VARIABLE_OF[`${room}.${key}`]}`, layer: environmentLayer(read) },
	];
}

function platformLayer({ facts, graceMs }: Surrounding): Layer {
	if (facts.serverless) return { server: false, shutdown: false, crash: false };
	const deadlineMs = graceMs ? deadlineWithin(graceMs) : undefined;
	const { lingerMs } = facts;
	return {
		proxy: { hops: facts.hops, trust: facts.trust, clientHeader: facts.clientHeader },
		server: { keepAliveTimeoutMs: facts.keepAliveTimeoutMs },
		shutdown: {
			deadlineMs,
			drainDelayMs: graceMs !== undefined && graceMs < SHORT_GRACE_MS ? 0 : facts.drainDelayMs,
			lingerMs: lingerMs && deadlineMs ? Math.min(lingerMs, deadlineMs * LINGER_SHARE) : lingerMs,
		},
	};
}

/** Below this grace a delay would eat the time that requests need. */
const SHORT_GRACE_MS = 10_000;

/** Of a short deadline, what may be spent on waiting for a proxy. */
const LINGER_SHARE = 1 / 4;

/** How long a proxy that nobody has named a platform for is given to use its connections once more. */
const LINGER_MS = 1_000;

export function lingerWithin(timeMs: number): number {
	return Math.min(LINGER_MS, timeMs * LINGER_SHARE);
}

/** Where each value of the environment goes, and the variable it comes from. */
const VARIABLE_OF: Readonly<Record<string, string>> = {
	"hosts.allowed": "EXTERNAL_URL",
	"https.host": "EXTERNAL_URL",
	"logging.level": "LOG_LEVEL",
	"proxy.hops": "TRUST_PROXY",
	"proxy.trust": "TRUST_PROXY",
	"redis.url": "REDIS_URL",
	"redis.password": "REDIS_PASSWORD",
	"redis.tls": "REDIS_TLS",
	"redis.prefix": "REDIS_PREFIX",
	"session.secret": "SESSION_SECRET",
	"shutdown.deadlineMs": "SHUTDOWN_GRACE_SECONDS",
};

function environmentLayer({ variables }: ReadVariables): Layer {
	const {
		externalUrl,
		logLevel,
		trustProxy,
		sessionSecrets,
		shutdownGraceSeconds,
		redisUrl,
		redisPassword,
		redisTls,
		redisPrefix,
	} = variables;
	const graceMs = shutdownGraceSeconds === undefined ? undefined : shutdownGraceSeconds * 1_000;
	const external = externalUrl === undefined ? undefined : new URL(externalUrl);
	return {
		// At every port: of a proxy's port the app may never hear.
		hosts: { allowed: external && [external.hostname] },
		https: { host: external?.protocol === "https:" ? external.host : undefined },
		logging: { level: logLevel },
		proxy: trustProxy === false ? { hops: 0 } : { ...trustProxy },
		session: { secret: sessionSecrets },
		redis: { url: redisUrl, password: redisPassword, tls: redisTls, prefix: redisPrefix },
		shutdown: {
			deadlineMs: graceMs ? deadlineWithin(graceMs) : undefined,
		},
	};
}

export function surroundingOf(
	preset: PresetName,
	platforms: readonly PlatformName[],
	mode: Mode,
	read: ReadVariables,
	environment: Readonly<Record<string, string | undefined>>,
): Surrounding {
	const facts = mergePlatforms(platforms, environment);
	const graceSeconds = read.variables.shutdownGraceSeconds ?? facts.graceSeconds;
	return {
		mode,
		preset,
		platforms,
		facts,
		graceMs: graceSeconds === undefined ? undefined : graceSeconds * 1_000,
	};
}
