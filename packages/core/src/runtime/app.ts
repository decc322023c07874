import type { IncomingMessage } from "node:http";
import type { ErrorsValues } from "../client-errors/client-errors.ts";
import {
	type CompressionPolicy,
	type CompressionValues,
	compressionPolicy,
} from "../compression/compression.ts";
import type { Options, RoomKey } from "../config/options.ts";
import { type Config, resolveOptions } from "../config/resolve.ts";
import { configError, type Fault, type ProductionReadyError } from "../errors.ts";
import type { LimitsValues } from "../limits/limits.ts";
import type { Logger } from "../log/logger.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { ProxyPolicy } from "../proxy/proxy.ts";
import type { Trust } from "../proxy/trust.ts";
import type { ServerValues } from "../server/server.ts";
import { isClusterWorker } from "./cluster.ts";
import { currentRuntime } from "./current.ts";
import { LIMIT_PER_WORKER } from "./notices.ts";
import { requestIdMaker } from "./request-ids.ts";
import { openPipeline, proxyPolicy } from "./rooms.ts";
import type { Runtime } from "./runtime.ts";
import { openSessions, type Sessions } from "./sessions.ts";

/** What an adapter mounts: the request rooms of one app, and the policies that its libraries carry out. */
export interface App {
	readonly config: Config;
	readonly runtime: Runtime;
	readonly pipeline: Pipeline;
	/** For an app that guards a part of its paths only: probes ask at the root all the same. */
	readonly probes: Probes;
	readonly proxy: ProxyPolicy;
	/** Absent while the room is off. */
	readonly requestId: ServerSettings["requestId"];
	readonly compression: CompressionPolicy | undefined;
	readonly sessions: Sessions | undefined;
	readonly errors: Readonly<ErrorsValues> | undefined;
	/** What `limits` allows a body. */
	readonly maxBodyBytes: number | undefined;
}

export interface Probes {
	matches(path: string): boolean;
	readonly pipeline: Pipeline;
}

/**
 * Decides everything about an app and starts the process engines. Throws one error with all faults. `rooms` names
 * the request rooms to open, where not all of them make sense.
 */
export function openApp(options: Options = {}, rooms?: readonly RoomKey[]): App {
	const resolved = resolveOptions(options);
	// Who opens some rooms only says by that nothing of the others, and overrides nobody.
	const notices = resolved.notices.filter(({ code }) => rooms === undefined || code !== "CODE_OVERRIDES_ENV");
	const config: Config = { ...resolved, notices };
	const runtime = currentRuntime();
	runtime.configure(config);
	const isWanted = (key: RoomKey): boolean => rooms?.includes(key) ?? true;
	const isLimited = config.rooms.rateLimit !== false && isWanted("rateLimit");
	if (config.mode === "production" && isLimited) sayWhereLimitsAre(config, runtime);
	return {
		config,
		runtime,
		pipeline: openPipeline(config, runtime, isWanted, rooms === undefined),
		probes: openProbes(config, runtime),
		proxy: proxyPolicy(config),
		requestId: requestIdMaker(config),
		compression: openCompression(config),
		sessions: openSessions(config, runtime),
		errors: (config.rooms.errors || undefined) as ErrorsValues | undefined,
		maxBodyBytes: maxBodyBytes(config),
	};
}

/** What a framework wants to know when a server is constructed, before there are requests. */
export interface ServerSettings {
	/** Absent where nobody is to be believed, or nothing is known. */
	readonly trust: Trust | undefined;
	readonly log: Logger | undefined;
	readonly requestId: ((request: IncomingMessage) => string) | undefined;
	readonly keepAliveTimeoutMs: number | undefined;
	readonly requestTimeoutMs: number | undefined;
	readonly maxBodyBytes: number | undefined;
}

export function openServerSettings(options: Options = {}): ServerSettings {
	const config = resolveOptions(options);
	const runtime = currentRuntime();
	runtime.configure(config);
	const proxy = proxyPolicy(config);
	const server = (config.rooms.server || {}) as Partial<ServerValues>;
	return {
		trust: proxy.isTrusting ? proxy.trust : undefined,
		log: config.rooms.logging === false ? undefined : runtime.log(),
		requestId: requestIdMaker(config),
		keepAliveTimeoutMs: server.keepAliveTimeoutMs,
		requestTimeoutMs: server.requestTimeoutMs,
		maxBodyBytes: maxBodyBytes(config),
	};
}

function maxBodyBytes({ rooms }: Config): number | undefined {
	return ((rooms.limits || {}) as Partial<LimitsValues>).maxBodyBytes;
}

function sayWhereLimitsAre({ rooms }: Config, runtime: Runtime): void {
	if (runtime.surroundings.redis() !== undefined) return;
	if (isClusterWorker()) runtime.surroundings.notice(...LIMIT_PER_WORKER);
	// Without logging there is no logger to load for it.
	else if (rooms.logging !== false) runtime.announce("rate limits are kept in memory, by this process alone");
}

const PROBE_ROOMS: readonly RoomKey[] = ["headers", "health"];

function openProbes(config: Config, runtime: Runtime): Probes {
	const { health } = config.rooms;
	const paths = health === false ? [] : [health.livePath, health.readyPath, health.startupPath];
	return {
		matches: (path) => paths.includes(path),
		pipeline: openPipeline(config, runtime, (key) => PROBE_ROOMS.includes(key), false),
	};
}

/** The policy for an adapter's compression library; nothing while the room is off. */
function openCompression(config: Config): CompressionPolicy | undefined {
	const values = config.rooms.compression;
	return values === false ? undefined : compressionPolicy(values as unknown as CompressionValues);
}

/** `app.use(productionReady)`: Express then calls it with a request for options. */
export function notCalled(): ProductionReadyError {
	return mountFault("productionReady", "was handed over without being called", "app.use(productionReady())");
}

/** `app.register(productionReady(options))`: the plugin then gets the options for an app. */
export function calledByHand(name: string): ProductionReadyError {
	return mountFault(name, "was called, and takes to be handed over", `await app.register(${name}, { ... })`);
}

function mountFault(at: string, problem: string, hint: string): ProductionReadyError {
	const fault: Fault = { code: "OPTION_INVALID", at, problem, hint };
	return configError([fault]);
}
