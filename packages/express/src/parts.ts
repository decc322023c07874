import {
	enter,
	openExchange,
	openPart,
	type Part,
	passThrough,
	servedExchange,
} from "@production-ready/core/adapter";
import type { RequestHandler } from "express";
import { expressFramework, PASSAGE } from "./exchange.ts";
import type { PartOptions } from "./options.ts";
import { markLimits, markRateLimit } from "./routes.ts";

/** The security headers alone, or other ones for a route. Takes what helmet takes. */
export function headers(options?: PartOptions<"headers">): RequestHandler {
	return mount(openPart("headers", options as never));
}

/** The rate limit alone, or another one for a route, which then counts for itself. */
export function rateLimit(options?: PartOptions<"rateLimit">): RequestHandler {
	return markRateLimit(mount(openPart("rateLimit", options as never)));
}

/** Which other sites may read answers, alone. */
export function cors(options?: PartOptions<"cors">): RequestHandler {
	return mount(openPart("cors", options as never));
}

/** Refuses what pages of other sites send with a user's cookies, alone: behind `cors()`, where there is one. */
export function csrf(options?: PartOptions<"csrf">): RequestHandler {
	return mount(openPart("csrf", options as never));
}

/** The limits of bodies and URLs alone, or other ones for a route, such as one for uploads. */
export function limits(options?: PartOptions<"limits">): RequestHandler {
	const part = openPart("limits", options as never);
	return markLimits(mount(part), part.room.limits!);
}

function mount({ room, pipeline, proxy }: Part): RequestHandler {
	const framework = expressFramework(proxy.trust);
	const enterRoom = { enter: room.enter! };
	return (request, response, next) => {
		const exchange = servedExchange(request);
		if (exchange !== undefined) enter(enterRoom, exchange, PASSAGE, next);
		else passThrough(pipeline, openExchange(request, response, framework, request), PASSAGE, next);
	};
}
