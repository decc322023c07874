import type { Options as CoreOptions } from "@production-ready/core";
import { openPart, type RouteOverrides } from "@production-ready/core/adapter";
import type { PartOptions } from "./options.ts";

/** What a route may set for itself. */
export interface RoutePartOptions {
	headers?: PartOptions<"headers">;
	rateLimit?: PartOptions<"rateLimit">;
}

const overrides = new WeakMap<RoutePartOptions, RouteOverrides>();

/** A route's own rooms, opened once: when the route is added, or where that went unseen, at its first request. */
export function routeOverrides(options: RoutePartOptions | undefined): RouteOverrides | undefined {
	if (options === undefined) return undefined;
	let opened = overrides.get(options);
	if (opened === undefined) {
		opened = {
			headers: options.headers && openPart("headers", options.headers).room,
			rateLimit:
				options.rateLimit && openPart("rateLimit", options.rateLimit as CoreOptions["rateLimit"]).room,
		};
		overrides.set(options, opened);
	}
	return opened;
}

/** Says what is wrong with a route's options at boot, for the routes that come after the plugin. */
export function checkRoute(route: { config?: { productionReady?: RoutePartOptions } }): void {
	routeOverrides(route.config?.productionReady);
}
