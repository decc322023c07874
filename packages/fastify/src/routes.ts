import { currentRuntime, openRoute, type RouteOverrides } from "@production-ready/core/adapter";
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
	const known = overrides.get(options);
	if (known !== undefined) return known;
	try {
		checkRoute({ config: { productionReady: options } });
	} catch (error) {
		// Too late to stop the boot: the route goes with the app's rooms, and it is said.
		overrides.set(options, {});
		const { code, message, hint } = error as { code: "CONFIG_INVALID"; message: string; hint: string };
		currentRuntime().surroundings.notice(code, message, hint);
	}
	return overrides.get(options);
}

/** Opens a route's own rooms when it is added; what is wrong with them stops the boot. */
export function checkRoute(route: { config?: { productionReady?: RoutePartOptions } }): void {
	const options = route.config?.productionReady;
	if (options !== undefined) overrides.set(options, openRoute({ ...options }));
}
