/** Preloaded into Fastify's tests: every app they make has ours registered, as a user would, and not awaited. */
import { productionReady } from "@production-ready/fastify";
import type { FastifyInstance, fastify } from "fastify";
import { OPTIONS, replaceExports } from "./factory.ts";

type Factory = typeof fastify;

replaceExports<Factory>("fastify.js", (factory) => {
	const wrapped: Factory = new Proxy(factory, {
		apply(make, self, args) {
			const app = Reflect.apply(make, self, args) as FastifyInstance;
			app.register(productionReady, OPTIONS);
			return app;
		},
	});
	return Object.assign(wrapped, { fastify: wrapped, default: wrapped });
});
