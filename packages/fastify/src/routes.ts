import { openRoute, type RouteOverrides, toldBodyBytes } from "@production-ready/core/adapter";
import type { FastifyRequest } from "fastify";
import type { PartOptions } from "./options.ts";

/** What a route may set for itself. */
export interface RoutePartOptions {
	headers?: PartOptions<"headers">;
	rateLimit?: PartOptions<"rateLimit">;
	/** `maxBodyBytes` is the route's `bodyLimit` too, where it says none. */
	limits?: PartOptions<"limits">;
}

/** Of a route, what is read and written here. */
interface AddedRoute {
	readonly config?: { readonly productionReady?: RoutePartOptions };
	bodyLimit?: number;
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
export function checkRoute(route: AddedRoute): void {
	const options = route.config?.productionReady;
	// Once: Fastify adds a route for HEAD with the same options, and both count together.
	if (options !== undefined && !overrides.has(options)) overrides.set(options, openRoute({ ...options }));
	if (options?.limits?.maxBodyBytes !== undefined) route.bodyLimit ??= options.limits.maxBodyBytes;
}

/** What the program has told Fastify about the length of a body: for this route, or for the whole app. */
export function bodyBytesOf({ routeOptions, server }: FastifyRequest): number | undefined {
	const { bodyLimit, config } = routeOptions;
	const isRoomsOwn = config.productionReady?.limits?.maxBodyBytes !== undefined;
	if (isRoomsOwn || bodyLimit === undefined) return undefined;
	return bodyLimit === server.initialConfig.bodyLimit ? toldBodyBytes(bodyLimit) : bodyLimit;
}

/** What a hook `preParsing` hands on in place of the request, such as a stream that inflates it, stands here. */
export function isBodyAsItCame(request: FastifyRequest): boolean {
	const payload = Object.getOwnPropertySymbols(request).find(
		({ description }) => description === "fastify.RequestPayloadStream",
	);
	return payload !== undefined && (request as unknown as Record<symbol, unknown>)[payload] === request.raw;
}
