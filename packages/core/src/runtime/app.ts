import type { IncomingMessage } from "node:http";
import type { ErrorsValues } from "../client-errors/client-errors.ts";
import {
	type CompressionPolicy,
	type CompressionValues,
	compressionPolicy,
} from "../compression/compression.ts";
import type { Options, RoomKey } from "../config/options.ts";
import { type Config, factsOf, resolveOptions } from "../config/resolve.ts";
import type { RequestIdPolicy } from "../context/context.ts";
import { chooseRequestId } from "../context/request-id.ts";
import { configError, type Fault, type ProductionReadyError } from "../errors.ts";
import {
	exchangeOf,
	type OpenRoom,
	type OverridableRoom,
	type RouteOverrides,
} from "../exchange/exchange.ts";
import type { Place, RequestRoom } from "../exchange/room.ts";
import type { Logger } from "../log/logger.ts";
import { nearestName } from "../nearest.ts";
import { compilePipeline, type Pipeline } from "../pipeline/pipeline.ts";
import { TABLE } from "../pipeline/table.ts";
import { PROXY, type ProxyPolicy, type ProxyValues } from "../proxy/proxy.ts";
import type { Trust } from "../proxy/trust.ts";
import type { ServerValues } from "../server/server.ts";
import { isClusterWorker } from "./cluster.ts";
import { currentRuntime } from "./current.ts";
import { LIMIT_PER_WORKER } from "./notices.ts";
import type { Runtime } from "./runtime.ts";

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
	readonly errors: Readonly<ErrorsValues> | undefined;
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
	const config = resolveOptions(options);
	const runtime = currentRuntime();
	runtime.configure(config);
	if (config.mode === "production" && config.rooms.rateLimit !== false) sayWhereLimitsAre(config, runtime);
	return {
		config,
		runtime,
		pipeline: openPipeline(config, runtime, (key) => rooms?.includes(key) ?? true),
		probes: openProbes(config, runtime),
		proxy: proxyPolicy(config),
		requestId: requestIdMaker(config),
		compression: openCompression(config),
		errors: (config.rooms.errors || undefined) as ErrorsValues | undefined,
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
	};
}

/** For a framework that asks for the id before the rooms are entered; nothing while the room is off. */
function requestIdMaker(config: Config): ServerSettings["requestId"] {
	const values = config.rooms.requestId as RequestIdPolicy | false;
	if (values === false) return undefined;
	const { header, accept } = values;
	return (request) => exchangeOf(request)?.requestId || chooseRequestId(request.headers, header, accept);
}

/** One room, mounted alone or on a route. Starts nothing of the process. */
export interface Part {
	/** The room itself, inside a request that came through `productionReady()`. */
	readonly room: OpenRoom;
	/** The room and what it cannot do without, for a request that did not. */
	readonly pipeline: Pipeline;
	readonly proxy: ProxyPolicy;
}

/** Opens one request room with its own options. Throws one error with all faults. */
export function openPart<Key extends "headers" | "rateLimit">(key: Key, options: Options[Key] = {}): Part {
	const runtime = currentRuntime();
	// What the part does not say is as the app's preset has it.
	const config = resolveOptions({ preset: runtime.config()?.preset, [key]: options } as Options);
	const definition = TABLE.find((row) => row.room.key === key)!.room;
	const room = openRoom(definition, config, runtime, "part")!;
	const proxy = proxyPolicy(config);
	const { surroundings } = runtime;
	return {
		room,
		pipeline: compilePipeline([
			{ key: PROXY.key, open: PROXY.create(proxy, surroundings, "part") },
			{ key, open: room },
		]),
		proxy,
	};
}

function sayWhereLimitsAre({ rooms }: Config, runtime: Runtime): void {
	if (isClusterWorker()) runtime.surroundings.notice(...LIMIT_PER_WORKER);
	// Without logging there is no logger to load for it.
	else if (rooms.logging !== false)
		runtime.log().info("rate limits are kept in memory, by this process alone");
}

const PROBE_ROOMS: readonly RoomKey[] = ["headers", "health"];

function openProbes(config: Config, runtime: Runtime): Probes {
	const { health } = config.rooms;
	const paths = health === false ? [] : [health.livePath, health.readyPath, health.startupPath];
	return {
		matches: (path) => paths.includes(path),
		pipeline: openPipeline(config, runtime, (key) => PROBE_ROOMS.includes(key)),
	};
}

function openPipeline(config: Config, runtime: Runtime, isWanted: (key: RoomKey) => boolean): Pipeline {
	return compilePipeline(
		TABLE.filter(({ room }) => isWanted(room.key as RoomKey)).flatMap(({ room }) => {
			const open = openRoom(room, config, runtime, "app");
			return open === undefined ? [] : [{ key: room.key, open }];
		}),
	);
}

function openRoom(
	// biome-ignore lint/suspicious/noExplicitAny: a row of the table holds a room with any values.
	room: RequestRoom<any, any>,
	config: Config,
	runtime: Runtime,
	place: Place,
): OpenRoom | undefined {
	const values = config.rooms[room.key as RoomKey] || room.OFF;
	if (values === undefined) return undefined;
	return room.create(room.policy(values, factsOf(config)), runtime.surroundings, place);
}

/** Who is believed about the client, also while the room is off: then nobody is. */
function proxyPolicy(config: Config): ProxyPolicy {
	return PROXY.policy((config.rooms.proxy || PROXY.OFF) as ProxyValues, factsOf(config));
}

/** The policy for an adapter's compression library; nothing while the room is off. */
function openCompression(config: Config): CompressionPolicy | undefined {
	const values = config.rooms.compression;
	return values === false ? undefined : compressionPolicy(values as unknown as CompressionValues);
}

/** Rooms that a route may set for itself. */
const ROUTE_ROOMS: readonly OverridableRoom[] = ["headers", "rateLimit"];

/** Opens what a route sets for itself. Throws one error with all faults. */
export function openRoute(options: Readonly<Partial<Record<string, unknown>>>): RouteOverrides {
	const unknown = Object.keys(options).filter((key) => !(ROUTE_ROOMS as readonly string[]).includes(key));
	if (unknown.length > 0) {
		throw configError(
			unknown.map((key) => ({
				code: "OPTION_UNKNOWN",
				at: `config.productionReady.${key}`,
				problem: "is nothing that a route sets for itself",
				hint: `did you mean ${nearestName(key, ROUTE_ROOMS) ?? ROUTE_ROOMS.join(" or ")}?`,
			})),
		);
	}
	return Object.fromEntries(
		ROUTE_ROOMS.filter((key) => options[key]).map((key) => [key, openPart(key, options[key] as never).room]),
	);
}

/** `app.use(productionReady)`: Express then calls it with a request for options. */
export function notCalled(): ProductionReadyError {
	const fault: Fault = {
		code: "OPTION_INVALID",
		at: "productionReady",
		problem: "was handed over without being called",
		hint: "app.use(productionReady())",
	};
	return configError([fault]);
}
