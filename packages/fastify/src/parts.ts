import type { Options as CoreOptions } from "@production-ready/core";
import {
	calledByHand,
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

const PACKAGE = "@production-ready/fastify";

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
	return plugin(key, async (instance: FastifyInstance, options: PartOptions<Key>) => {
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
	});
}

/**
 * A plugin for the whole app that it is registered on. Whoever calls it, as it is done on Express, and hands over what comes
 * of that is told so on the spot: Fastify would call nothing.
 */
export function plugin<Options extends object>(
	name: string,
	install: (instance: FastifyInstance, options: Options) => Promise<void>,
): FastifyPluginAsync<Options> {
	const installOn = (instance: FastifyInstance, options: Options): Promise<void> => {
		if (typeof (instance as FastifyInstance | undefined)?.addHook !== "function") throw calledByHand(name);
		return install(instance, options);
	};
	return fp(installOn, {
		name: name === "productionReady" ? PACKAGE : `${PACKAGE}/${name}`,
		fastify: "5.x",
	});
}
