import type { ErrorsOptions } from "../client-errors/client-errors.ts";
import { ERRORS } from "../client-errors/client-errors.ts";
import type { CompressionOptions } from "../compression/compression.ts";
import { COMPRESSION } from "../compression/compression.ts";
import type { RequestIdOptions } from "../context/context.ts";
import type { CorsOptions } from "../cors/cors.ts";
import type { CsrfOptions } from "../csrf/csrf.ts";
import type { Settings } from "../exchange/room.ts";
import type { HeadersOptions } from "../headers/headers.ts";
import type { HealthOptions } from "../health/health.ts";
import type { HostsOptions } from "../hosts/hosts.ts";
import type { HttpsOptions } from "../https/https.ts";
import type { CrashOptions, ShutdownOptions } from "../lifecycle/lifecycle-settings.ts";
import { CRASH, SHUTDOWN } from "../lifecycle/lifecycle-settings.ts";
import type { LimitsOptions } from "../limits/limits.ts";
import type { LoggingOptions } from "../logging/logging.ts";
import { TABLE } from "../pipeline/table.ts";
import type { ProxyOptions } from "../proxy/proxy.ts";
import type { RateLimitOptions } from "../rate-limit/rate-limit.ts";
import type { RedisOptions } from "../redis/redis.ts";
import { REDIS } from "../redis/redis.ts";
import type { ServerOptions } from "../server/server.ts";
import { SERVER } from "../server/server.ts";
import type { SessionOptions } from "../session/session.ts";
import { SESSION } from "../session/session.ts";
import type { PlatformName } from "./platforms.ts";
import type { PresetName } from "./presets.ts";

/**
 * One flat object with a key a room; `false` turns a room off. What is left out is decided by the environment, the
 * preset, the platform and the defaults, in this order. `Request` is what the framework calls a request.
 */
export interface Options<Request = never> {
	/** What kind of app it is. */
	preset?: PresetName | undefined;
	/** Where it runs: seen in the environment, or named, from the outside in: `["kubernetes", "aws-alb"]`. */
	platform?: "auto" | PlatformName | readonly PlatformName[] | undefined;

	requestId?: RequestIdOptions | false | undefined;
	logging?: LoggingOptions<Request> | false | undefined;
	proxy?: ProxyOptions | false | undefined;
	headers?: HeadersOptions | false | undefined;
	health?: HealthOptions | false | undefined;
	hosts?: HostsOptions | false | undefined;
	https?: HttpsOptions | false | undefined;
	cors?: CorsOptions | false | undefined;
	rateLimit?: RateLimitOptions<Request> | false | undefined;
	limits?: LimitsOptions | false | undefined;
	csrf?: CsrfOptions<Request> | false | undefined;
	compression?: CompressionOptions | false | undefined;
	session?: SessionOptions | false | undefined;
	errors?: ErrorsOptions | false | undefined;

	redis?: RedisOptions | false | undefined;
	server?: ServerOptions | false | undefined;
	shutdown?: ShutdownOptions | false | undefined;
	crash?: CrashOptions | false | undefined;
}

/** The rooms, by their key. */
export type RoomKey = Exclude<keyof Options, "preset" | "platform">;

// biome-ignore lint/suspicious/noExplicitAny: a list holds rooms with any values; each room types its own.
export type AnySettings = Settings<any>;

/** Settings of every room, in the order of the options. */
export const ROOMS: readonly AnySettings[] = [
	...TABLE.map(({ room }) => room),
	COMPRESSION,
	SESSION,
	ERRORS,
	REDIS,
	SERVER,
	SHUTDOWN,
	CRASH,
];

/** Rooms that act on the process: two apps in one process share them. */
export const PROCESS_ROOMS: readonly RoomKey[] = ["redis", "server", "shutdown", "crash"];
