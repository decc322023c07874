import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import { createRequire } from "node:module";
import type {
	FastifyHttp2Options,
	FastifyHttp2SecureOptions,
	FastifyHttpOptions,
	FastifyHttpsOptions,
	FastifyInstance,
} from "fastify";
import type { Options } from "./options.ts";
import { productionReady } from "./production-ready.ts";
import { serverOptions } from "./server-options.ts";

const require = createRequire(import.meta.url);

/**
 * A Fastify app with `productionReady` registered. To be awaited: the app is there when the rooms are, and a promise has no
 * `app.get`. Fastify's own options come second, never mixed with ours, and win: `https` there is TLS.
 */
export async function createApp(
	options: Options | undefined,
	fastifyOptions: FastifyHttp2SecureOptions<Http2SecureServer>,
): Promise<FastifyInstance<Http2SecureServer>>;
export async function createApp(
	options: Options | undefined,
	fastifyOptions: FastifyHttp2Options<Http2Server>,
): Promise<FastifyInstance<Http2Server>>;
export async function createApp(
	options: Options | undefined,
	fastifyOptions: FastifyHttpsOptions<HttpsServer>,
): Promise<FastifyInstance<HttpsServer>>;
export async function createApp(
	options?: Options,
	fastifyOptions?: FastifyHttpOptions<HttpServer>,
): Promise<FastifyInstance>;
export async function createApp(
	options?: Options,
	fastifyOptions: { logger?: unknown } = {},
): Promise<never> {
	const { fastify } = require("fastify") as typeof import("fastify");
	const ours = serverOptions(options);
	// Fastify takes one of the two; a logger that the program brings is the one.
	if (fastifyOptions.logger !== undefined) delete ours.loggerInstance;
	const app = fastify({ ...ours, ...(fastifyOptions as FastifyHttpOptions<HttpServer>) });
	await app.register(productionReady, options ?? {});
	return app as never;
}
