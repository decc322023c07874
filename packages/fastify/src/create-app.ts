import { createRequire } from "node:module";
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import type { Options } from "./options.ts";
import { productionReady } from "./production-ready.ts";
import { serverOptions } from "./server-options.ts";

const require = createRequire(import.meta.url);

/** A Fastify app with `productionReady` registered. Fastify's own options come second, and win over ours. */
export async function createApp(
	options?: Options,
	fastifyOptions?: FastifyServerOptions,
): Promise<FastifyInstance> {
	const { fastify } = require("fastify") as typeof import("fastify");
	const ours = serverOptions(options);
	// Fastify takes one of the two; a logger that the program brings is the one.
	if (fastifyOptions?.logger !== undefined) delete ours.loggerInstance;
	const app = fastify({ ...ours, ...fastifyOptions });
	await app.register(productionReady, options ?? {});
	return app;
}
