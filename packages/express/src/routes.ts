import { exchangeOf, type RequestLimits } from "@production-ready/core/adapter";
import type { Application, Request, RequestHandler } from "express";

const rateLimits = new WeakSet<object>();
let hasRateLimits = false;
const limits = new WeakMap<object, Partial<RequestLimits>>();

/** Makes a handler known as one that counts for its route. */
export function markRateLimit(handler: RequestHandler): RequestHandler {
	rateLimits.add(handler);
	hasRateLimits = true;
	return handler;
}

/** Makes a handler known as one that says for itself how much a request may bring. */
export function markLimits(handler: RequestHandler, own: Partial<RequestLimits>): RequestHandler {
	limits.set(handler, own);
	return handler;
}

/** The parts of Express' router that a search for a route needs; the same in Express 4 and 5, but for one. */
interface Layer {
	readonly handle: { readonly stack?: readonly Layer[] };
	readonly route?: { readonly stack: readonly Layer[] };
	/** Of a handler of a route; `all()` leaves it open. */
	readonly method?: string | undefined;
	readonly path?: string;
	/** What matched; up to Express 5.2 it stands in `path`, and this says only whether. */
	match(path: string): boolean | { readonly path: string };
}

/**
 * Whether the route ahead brings its own rate limit. Asked only when a request is about to be refused, and nobody goes and
 * looks where no route has one: a refusal shall cost less than what it refuses.
 */
export function hasOwnRateLimit(request: Request): boolean {
	return hasRateLimits && handlersAhead(request).some((handler) => rateLimits.has(handler));
}

/** What parts on the way to the route ahead say of how much a request may bring. */
export function limitsAhead(request: Request): readonly Partial<RequestLimits>[] {
	return handlersAhead(request).flatMap((handler) => limits.get(handler) ?? []);
}

/** The handlers that a request will meet: Express finds out by going there. What cannot be read is not there. */
function handlersAhead(request: Request): readonly object[] {
	const handlers: object[] = [];
	try {
		const path = exchangeOf(request)?.path ?? request.path;
		const stack = routerOf(outermost(request.app))?.stack ?? [];
		collectHandlers(stack, path, request.method.toLowerCase(), handlers);
	} catch {}
	return handlers;
}

/** Says whether it has come to the route. */
function collectHandlers(stack: readonly Layer[], path: string, method: string, handlers: object[]): boolean {
	for (const layer of stack) {
		const match = layer.match(path);
		if (match === false) continue;
		handlers.push(layer.handle);
		if (layer.route !== undefined) {
			const own = layer.route.stack.filter((one) => answers(one.method, method));
			if (own.length === 0) continue;
			handlers.push(...own.map(({ handle }) => handle));
			return true;
		}
		const matched = match === true ? layer.path : match.path;
		const rest = path.slice(matched?.length ?? 0) || "/";
		const inner = layer.handle.stack;
		if (inner !== undefined && collectHandlers(inner, rest, method, handlers)) return true;
	}
	return false;
}

/** Express answers HEAD by what is there for GET. */
function answers(own: string | undefined, method: string): boolean {
	return own === undefined || own === method || (own === "get" && method === "head");
}

function outermost(app: Application & { parent?: Application }): Application {
	return app.parent === undefined ? app : outermost(app.parent);
}

const counted = new WeakMap<object, { readonly layers: number; readonly isThere: boolean }>();

/** Whether the app mounts sessions of its own behind ours; express-session and ours bear this name. */
export function keepsSessions(app: object): boolean {
	const stack = routerOf(app)?.stack ?? [];
	const seen = counted.get(app);
	if (seen?.layers === stack.length) return seen.isThere;
	const isThere = stack.some(({ handle }) => (handle as { name?: string }).name === "session");
	counted.set(app, { layers: stack.length, isThere });
	return isThere;
}

/**
 * Express calls what looks like an app through a function that gives a request its prototypes back behind it. Ours leaves
 * them alone, and is called for every request: so it takes that function's place, where it is found.
 */
export function mountPlainly(app: object, handler: RequestHandler): void {
	const layer = routerOf(app)?.stack.at(-1) as { handle: RequestHandler } | undefined;
	if (layer?.handle.name === "mounted_app") layer.handle = handler;
}

/** How many routes an app has so far: they come before whatever is mounted now. */
export function countRoutes(app: object): number {
	return routerOf(app)?.stack.filter(({ route }) => route !== undefined).length ?? 0;
}

/** The router of an app: `_router` in Express 4, where `router` throws; `router` in Express 5. */
export function routerOf(app: object): { readonly stack: Layer[] } | undefined {
	const { _router } = app as { _router?: { stack: Layer[] } };
	return _router ?? (app as { router?: { stack: Layer[] } }).router;
}
