export type {} from "@fastify/session";

import type { RoutePartOptions } from "./routes.ts";

// request.id and request.log are Fastify's own; request.session is @fastify/session's.
declare module "fastify" {
	interface FastifyContextConfig {
		/** What this route sets for itself, in place of the app's: `config: { productionReady: { rateLimit: { limit: 5 } } }`. */
		productionReady?: RoutePartOptions;
	}
}
