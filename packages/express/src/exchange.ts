import {
	exchangeOf,
	type Framework,
	isBehindStrangers,
	type Passage,
	THROUGH_STRANGERS,
	type Trust,
	writeVerdict,
} from "@production-ready/core/adapter";
import type { Application, Express, NextFunction, Request } from "express";
import { hasOwnRateLimit, limitsAhead } from "./routes.ts";

/** How Express sees a request. `trust` is ours: what Express decides by another one is its own word. */
export function expressFramework(trust: Trust): Framework<Request> {
	return {
		name: "express",
		// Read anew each time: an app.set("trust proxy") that comes later wins.
		clientAddress: (request) => (hasOwnTrust(request.app, trust) ? request.ip : undefined),
		isSecure: (request) => (hasOwnTrust(request.app, trust) ? request.secure : undefined),
		believesHost: (request) => (hasOwnTrust(request.app, trust) ? trustsPeer(request) : undefined),
		believesEverybody,
		route: routeOf,
		countsForItself: hasOwnRateLimit,
		limitsAhead,
	};
}

/**
 * The template of a route, mount paths included. Behind an error Express has forgotten the mount path: then it is what
 * the path has in front of as many segments as the template has.
 */
function routeOf({ route, baseUrl = "", originalUrl }: Request): string | undefined {
	if (route === undefined) return undefined;
	const path: unknown = route.path;
	const template = typeof path === "string" ? path : [path].flat().map(String).join("|");
	if (baseUrl !== "" || !/^\/[^*|]*$/.test(template)) return `${baseUrl}${template}`;
	const more = countSegments(originalUrl) - countSegments(template);
	if (more <= 0) return template;
	const mounted = originalUrl.split("/", more + 1);
	return `${mounted.join("/")}${template}`;
}

/** Of a path or a template; a slash at the end begins none. */
function countSegments(url: string): number {
	const query = url.indexOf("?");
	const end = (query === -1 ? url.length : query) - 1;
	let segments = 0;
	for (let at = url.indexOf("/"); at !== -1 && at < end; at = url.indexOf("/", at + 1)) segments++;
	return segments;
}

/** Express marks a `trust proxy` that nobody has set, so that mounted apps inherit it. */
const TRUST_IS_DEFAULT = "@@symbol:trust_proxy_default";

/** Whether the program has decided itself whom to trust. */
export function hasOwnTrust(app: Application | undefined, trust: Trust): boolean {
	// A part may stand on a server without Express.
	if (app === undefined) return false;
	const { settings } = app;
	return settings[TRUST_IS_DEFAULT] !== true && settings["trust proxy fn"] !== trust;
}

/** Whether the peer is one that the program trusts, as Express asks it before it takes X-Forwarded-Host. */
function trustsPeer({ app, socket }: Request): boolean {
	return app.get("trust proxy fn")(socket.remoteAddress, 0);
}

/** By the address that Express would tell: `app.set("trust proxy")` takes more kinds of settings than one could judge. */
function believesEverybody(request: Request): boolean {
	const { headers, socket } = THROUGH_STRANGERS;
	const asked: Request = Object.create(request, { headers: { value: headers }, socket: { value: socket } });
	return isBehindStrangers(asked.ip);
}

/** Gives requests their `id` and `log`, on the prototype that all requests of the app share. */
export function extendRequests(app: Express): void {
	definePart(app.request, "id", (request) => exchangeOf(request)?.requestId);
	definePart(app.request, "log", (request) => exchangeOf(request)?.context?.log);
}

/**
 * One client has one address: where our trust decides, `req.ip` is what the limit and the log know. Express' own goes by
 * X-Forwarded-For alone, ports and brackets included.
 */
export function shareAddress(app: Express, trust: Trust): void {
	const ofExpress = getterOf(app.request, "ip");
	if (ofExpress === undefined) return;
	Object.defineProperty(app.request, "ip", {
		configurable: true,
		enumerable: true,
		get(this: Request) {
			const isOurs = this.app.get("trust proxy fn") === trust;
			return (isOurs && exchangeOf(this)?.clientAddress) || ofExpress.call(this);
		},
	});
}

function getterOf(prototype: object | null, name: string): (() => unknown) | undefined {
	if (prototype === null) return undefined;
	return (
		Object.getOwnPropertyDescriptor(prototype, name)?.get ?? getterOf(Object.getPrototypeOf(prototype), name)
	);
}

function definePart(prototype: object, name: string, read: (request: Request) => unknown): void {
	if (Object.hasOwn(prototype, name)) return;
	Object.defineProperty(prototype, name, {
		configurable: true,
		get(this: Request) {
			return read(this);
		},
		// What another package sets on a request is that package's.
		set(this: Request, value: unknown) {
			Object.defineProperty(this, name, { configurable: true, enumerable: true, writable: true, value });
		},
	});
}

export const PASSAGE: Passage<NextFunction> = {
	answer: ({ response }, verdict) => writeVerdict(response, verdict),
	// Nothing but an error may be handed on: Express takes "route" for a word of its own.
	next: (_exchange, next, error) => (error === undefined ? next() : next(error)),
};
