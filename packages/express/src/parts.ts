import {
	enter,
	openExchange,
	openPart,
	type Passage,
	passThrough,
	servedExchange,
	writeVerdict,
} from "@production-ready/core/adapter";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { expressFramework } from "./exchange.ts";
import type { Options } from "./production-ready.ts";

type PartOptions<Key extends keyof Options> = Exclude<Options[Key], false | undefined>;

/** The security headers alone, or other ones for a route. Takes what helmet takes. */
export function headers(options?: PartOptions<"headers">): RequestHandler {
	return mountPart("headers", options);
}

/** The rate limit alone, or another one for a route, which then counts for itself. */
export function rateLimit(options?: PartOptions<"rateLimit">): RequestHandler {
	const part = mountPart("rateLimit", options);
	rateLimits.add(part);
	return part;
}

const rateLimits = new WeakSet<object>();

function mountPart<Key extends "headers" | "rateLimit">(
	key: Key,
	options: PartOptions<Key> | undefined,
): RequestHandler {
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

export function passageOf(response: Response, next: NextFunction): Passage {
	return {
		answer: (verdict) => writeVerdict(response, verdict),
		// Nothing but an error may be handed on: Express takes "route" for a word of its own.
		next: (error) => (error === undefined ? next() : next(error)),
	};
}

/** The parts of Express' router that a search for a route needs; the same in Express 4 and 5. */
interface Layer {
	readonly handle: { readonly stack?: readonly Layer[] };
	readonly route?: { readonly stack: readonly Layer[]; readonly methods: Readonly<Record<string, boolean>> };
	readonly path?: string;
	match(path: string): boolean;
}

/**
 * Whether the route ahead brings its own limit. Asked only when a request is about to be refused: Express finds out
 * where a request goes by going there. What cannot be read is not there.
 */
export function hasOwnRateLimit(request: Request): boolean {
	try {
		const router = routerOf(request.app);
		return (
			router?.stack !== undefined && leadsToLimit(router.stack, request.path, request.method.toLowerCase())
		);
	} catch {
		return false;
	}
}

function leadsToLimit(stack: readonly Layer[], path: string, method: string): boolean {
	for (const layer of stack) {
		if (!layer.match(path)) continue;
		if (rateLimits.has(layer.handle)) return true;
		if (layer.route !== undefined) {
			if (layer.route.methods[method] !== true && layer.route.methods._all !== true) continue;
			return layer.route.stack.some(({ handle }) => rateLimits.has(handle));
		}
		const rest = path.slice(layer.path?.length ?? 0) || "/";
		if (layer.handle.stack !== undefined && leadsToLimit(layer.handle.stack, rest, method)) return true;
	}
	return false;
}

/** The router of an app: `_router` in Express 4, where `router` throws; `router` in Express 5. */
export function routerOf(app: object): { readonly stack: readonly Layer[] } | undefined {
	const { _router } = app as { _router?: { stack: readonly Layer[] } };
	return _router ?? (app as { router?: { stack: readonly Layer[] } }).router;
}
