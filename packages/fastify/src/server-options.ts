import { createRequire } from "node:module";
import type { Options as CoreOptions } from "@production-ready/core";
import { openServerSettings } from "@production-ready/core/adapter";
import type { FastifyServerOptions } from "fastify";
import { answerUnrouted } from "./errors.ts";
import { telling } from "./exchange.ts";
import type { Options } from "./options.ts";

const require = createRequire(import.meta.url);

/**
 * What Fastify decides when it is constructed and never again: whom to trust as a proxy, the logger, the ids, and who
 * answers URLs that it cannot read.
 * `Fastify({ ...serverOptions(options), ...yours })`, and then `register(productionReady, options)`.
 */
export function serverOptions(options?: Options): FastifyServerOptions {
	const { trust, log, requestId, keepAliveTimeoutMs, requestTimeoutMs, maxBodyBytes } = openServerSettings(
		options as CoreOptions,
	);
	return {
		...(trust && { trustProxy: telling(trust) }),
		...(log && { loggerInstance: log, ...withoutRequestLines() }),
		...(requestId && { genReqId: requestId }),
		...(maxBodyBytes !== undefined && { bodyLimit: maxBodyBytes }),
		frameworkErrors: answerUnrouted,
		...(keepAliveTimeoutMs !== undefined && { keepAliveTimeout: keepAliveTimeoutMs }),
		...(requestTimeoutMs !== undefined && { requestTimeout: requestTimeoutMs }),
	};
}

/** Our own line tells of every request, in the same words on every framework. */
function withoutRequestLines(): FastifyServerOptions {
	const { LogController } = require("fastify") as Partial<typeof import("fastify")>;
	const settings = { disableRequestLogging: true, requestIdLogLabel: "requestId" };
	// The earlier Fastify 5 has no controller and takes them one by one.
	return LogController === undefined ? settings : { logController: new LogController(settings) };
}
