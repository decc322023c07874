import {
	enter,
	openExchange,
	openPart,
	type PartRoom,
	passThrough,
	servedExchange,
} from "@production-ready/core/adapter";
import type { RequestHandler } from "express";
import { expressFramework, passageOf } from "./exchange.ts";
import type { PartOptions } from "./options.ts";
import { markRateLimit } from "./routes.ts";

/** The security headers alone, or other ones for a route. Takes what helmet takes. */
export function headers(options?: PartOptions<"headers">): RequestHandler {
	return mountPart("headers", options);
}

/** The rate limit alone, or another one for a route, which then counts for itself. */
export function rateLimit(options?: PartOptions<"rateLimit">): RequestHandler {
	return markRateLimit(mountPart("rateLimit", options));
}

/** Which other sites may read answers, alone. */
export function cors(options?: PartOptions<"cors">): RequestHandler {
	return mountPart("cors", options);
}

/** Refuses what pages of other sites send with a user's cookies, alone: behind `cors()`, where there is one. */
export function csrf(options?: PartOptions<"csrf">): RequestHandler {
	return mountPart("csrf", options);
}

function mountPart<Key extends PartRoom>(key: Key, options: PartOptions<Key> | undefined): RequestHandler {
	const { room, pipeline, proxy } = openPart(key, options as never);
	const framework = expressFramework(proxy.trust);
	const enterRoom = { enter: room.enter! };
	return (request, response, next) => {
		const exchange = servedExchange(request);
		const passage = passageOf(response, next);
		if (exchange !== undefined) enter(enterRoom, exchange, passage);
		else passThrough(pipeline, openExchange(request, response, framework, request), passage);
	};
}
