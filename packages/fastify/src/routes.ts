import { openRoute, type RouteOverrides } from "@production-ready/core/adapter";
import type { PartOptions } from "./options.ts";

/** What a route may set for itself. */
export interface RoutePartOptions {
	headers?: PartOptions<"headers">;
	rateLimit?: PartOptions<"rateLimit">;
}

const overrides = new WeakMap<RoutePartOptions, RouteOverrides>();

/**
 * A route's own rooms, opened once: when the route is added, or where that went unseen because `register` was not
 * awaited, at its first request. What is wrong with them then fails its requests: a limit that is not there must show.
 */
export function routeOverrides(options: RoutePartOptions | undefined): RouteOverrides | undefined {
	if (options === undefined) return undefined;
	if (!overrides.has(options)) checkRoute({ config: { productionReady: options } });
	return overrides.get(options);
}

/** Opens a route's own rooms when it is added; what is wrong with them stops the boot. */
export function checkRoute(route: { config?: { productionReady?: RoutePartOptions } }): void {
	const options = route.config?.productionReady;
	// Once: Fastify adds a route for HEAD with the same options, and both count together.
	if (options !== undefined && !overrides.has(options)) overrides.set(options, openRoute({ ...options }));
}
