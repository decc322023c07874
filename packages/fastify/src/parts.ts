import type { Options as CoreOptions } from "@production-ready/core";
import {
	enter,
	openExchange,
	openPart,
	type PartRoom,
	passThrough,
	servedExchange,
} from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import fp from "fastify-plugin";
import { guardBodies } from "./body.ts";
import { fastifyFramework, PASSAGE } from "./exchange.ts";
import type { PartOptions } from "./options.ts";

/** The security headers alone. Takes what helmet takes. */
export const headers: FastifyPluginAsync<PartOptions<"headers">> = mountPart("headers");

/** The rate limit alone. */
export const rateLimit: FastifyPluginAsync<PartOptions<"rateLimit">> = mountPart("rateLimit");

/** Which other sites may read answers, alone. */
export const cors: FastifyPluginAsync<PartOptions<"cors">> = mountPart("cors");

/** Refuses what pages of other sites send with a user's cookies, alone: behind `cors`, where there is one. */
export const csrf: FastifyPluginAsync<PartOptions<"csrf">> = mountPart("csrf");

/** The limits of bodies and URLs alone. */
export const limits: FastifyPluginAsync<PartOptions<"limits">> = mountPart("limits", guardBodies);

function mountPart<Key extends PartRoom>(
	key: Key,
	mountMore: (instance: FastifyInstance) => void = () => {},
): FastifyPluginAsync<PartOptions<Key>> {
	return fp(
		async (instance: FastifyInstance, options: PartOptions<Key>) => {
			const { room, pipeline } = openPart(key, options as CoreOptions[Key]);
			const framework = fastifyFramework();
			const enterRoom = { enter: room.enter! };
			instance.addHook("onRequest", (request, reply, next) => {
				const exchange = servedExchange(request.raw);
				if (exchange !== undefined) {
					enter(enterRoom, exchange, PASSAGE, next);
					return;
				}
				const opened = openExchange(request.raw, reply.raw, framework, request, reply);
				passThrough(pipeline, opened, PASSAGE, next);
			});
			mountMore(instance);
		},
		{ name: `@production-ready/fastify/${key}`, fastify: "5.x" },
	);
}
