import type { Options as CoreOptions } from "@production-ready/core";
import {
	enter,
	openExchange,
	openPart,
	passThrough,
	type RouteOverrides,
	servedExchange,
} from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyPluginCallback } from "fastify";
import fp from "fastify-plugin";
import { FASTIFY, passageOf } from "./exchange.ts";
import type { Options } from "./production-ready.ts";

type PartOptions<Key extends keyof Options> = Exclude<Options[Key], false | undefined>;

/** What a route may set for itself. */
export interface RoutePartOptions {
	headers?: PartOptions<"headers">;
	rateLimit?: PartOptions<"rateLimit">;
}

/** The security headers alone. Takes what helmet takes. */
export const headers: FastifyPluginCallback<PartOptions<"headers">> = mountPart("headers");

/** The rate limit alone. */
export const rateLimit: FastifyPluginCallback<PartOptions<"rateLimit">> = mountPart("rateLimit");

function mountPart<Key extends "headers" | "rateLimit">(key: Key): FastifyPluginCallback<PartOptions<Key>> {
	return fp(
		(instance: FastifyInstance, options: PartOptions<Key>, done) => {
			const { room, pipeline } = openPart(key, options as CoreOptions[Key]);
			const enterRoom = { enter: room.enter! };
			instance.addHook("onRequest", (request, reply, next) => {
				const exchange = servedExchange(request.raw);
				const passage = passageOf(reply, next);
				if (exchange !== undefined) enter(enterRoom, exchange, passage);
				else passThrough(pipeline, openExchange(request.raw, reply.raw, FASTIFY, request), passage);
			});
			done();
		},
		{ name: `@production-ready/fastify/${key}`, fastify: "5.x" },
	);
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
