import type { Request, RequestHandler } from "express";

const rateLimits = new WeakSet<object>();

/** Makes a handler known as one that counts for its route. */
export function markRateLimit(handler: RequestHandler): RequestHandler {
	rateLimits.add(handler);
	return handler;
}

/** The parts of Express' router that a search for a route needs; the same in Express 4 and 5, but for one. */
interface Layer {
	readonly handle: { readonly stack?: readonly Layer[] };
	readonly route?: { readonly stack: readonly Layer[]; readonly methods: Readonly<Record<string, boolean>> };
	readonly path?: string;
	/** What matched; up to Express 5.2 it stands in `path`, and this says only whether. */
	match(path: string): boolean | { readonly path: string };
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
		const match = layer.match(path);
		if (match === false) continue;
		if (rateLimits.has(layer.handle)) return true;
		if (layer.route !== undefined) {
			if (layer.route.methods[method] !== true && layer.route.methods._all !== true) continue;
			return layer.route.stack.some(({ handle }) => rateLimits.has(handle));
		}
		const matched = match === true ? layer.path : match.path;
		const rest = path.slice(matched?.length ?? 0) || "/";
		if (layer.handle.stack !== undefined && leadsToLimit(layer.handle.stack, rest, method)) return true;
	}
	return false;
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

/** The router of an app: `_router` in Express 4, where `router` throws; `router` in Express 5. */
export function routerOf(app: object): { readonly stack: Layer[] } | undefined {
	const { _router } = app as { _router?: { stack: Layer[] } };
	return _router ?? (app as { router?: { stack: Layer[] } }).router;
}
