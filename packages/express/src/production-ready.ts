import type { Options as CoreOptions } from "@production-ready/core";
import {
	type Exchange,
	MOUNTED_THROUGH_ROUTER,
	MOUNTED_TWICE,
	mountedBehindRoutes,
	notCalled,
	OTHER_COMPRESSION,
	OTHER_SESSION,
	openApp,
	openExchange,
	passThrough,
	servedExchange,
} from "@production-ready/core/adapter";
import type { Express, NextFunction, Request, RequestHandler, Response } from "express";
import { addFlush, isCompressing, openCompression } from "./compression.ts";
import { keepErrorHandlerLast } from "./errors.ts";
import { expressFramework, extendRequests, hasOwnTrust, PASSAGE, shareAddress } from "./exchange.ts";
import type { Options } from "./options.ts";
import { countRoutes, keepsSessions, mountPlainly } from "./routes.ts";
import { openSession } from "./session.ts";
import { hasSession } from "./session-entered.ts";

/**
 * Everything, with defaults that fit where the process runs: `app.use(productionReady())`, before the routes.
 * Throws one error with all faults of the options and of the environment.
 */
export function productionReady(options?: Options, ...mistaken: unknown[]): RequestHandler {
	if (mistaken.length > 0) throw notCalled();
	const app = openApp(options as CoreOptions);
	const { notice } = app.runtime.surroundings;
	const framework = expressFramework(app.proxy.trust);
	const compress = app.compression && openCompression(app.compression);
	const enterSession = app.sessions && openSession(app.sessions);
	const onError = app.errors?.onError;
	const askEarly = app.sessions?.askEarly;
	const passage = { answer: PASSAGE.answer, next: goOn };
	const installed = new WeakSet<Express>();

	function install(parent: Express): void {
		installed.add(parent);
		if (app.proxy.isTrusting && !hasOwnTrust(parent, app.proxy.trust)) {
			parent.set("trust proxy", app.proxy.trust);
			shareAddress(parent, app.proxy.trust);
		}
		parent.disable("x-powered-by");
		extendRequests(parent);
		if (compress !== undefined) addFlush(parent.response);
	}

	function onMount(parent: Express): void {
		install(parent);
		const routes = countRoutes(parent);
		if (routes > 0) notice(...mountedBehindRoutes(routes));
		mountPlainly(parent, handle);
		if (mounted.mountpath !== "/") parent.use(answerProbes);
	}

	function handle(request: Request, response: Response, next: NextFunction): void {
		if (servedExchange(request) !== undefined) {
			notice(...MOUNTED_TWICE);
			next();
			return;
		}
		const parent = request.app as Express;
		if (!installed.has(parent)) {
			install(parent);
			notice(...MOUNTED_THROUGH_ROUTER);
		}
		if (app.errors !== undefined) keepErrorHandlerLast(parent);
		const exchange = openExchange(request, response, framework, request);
		exchange.onError = onError;
		exchange.meanwhile = askEarly;
		passThrough(app.pipeline, exchange, passage, next);
	}

	/** Behind the rooms, in this order: who packs answers, who keeps sessions, the routes. */
	function goOn(exchange: Exchange, next: NextFunction, error?: unknown): void {
		const { native, nativeReply } = exchange;
		PASSAGE.next(
			exchange,
			keepingSession(
				native as Request,
				nativeReply as Response,
				compress ? compressing(native as Request, nativeReply as Response, next) : next,
			),
			error,
		);
	}

	/** Nearer to the wire than the compression: what is held back there, it can hear of and wait for. */
	function keepingSession(request: Request, response: Response, next: NextFunction): NextFunction {
		if (enterSession === undefined) return next;
		return (error?: unknown) => {
			const isKept = hasSession(request) || keepsSessions(request.app);
			if (isKept) notice(...OTHER_SESSION);
			if (error !== undefined || isKept) next(error);
			else enterSession(request, response, next);
		};
	}

	function compressing(request: Request, response: Response, next: NextFunction): NextFunction {
		return (error?: unknown) => {
			const isPacked = isCompressing(response);
			if (isPacked) notice(...OTHER_COMPRESSION);
			if (error !== undefined || isPacked) next(error);
			else compress!(request, response, next);
		};
	}

	function answerProbes(request: Request, response: Response, next: NextFunction): void {
		if (app.probes.matches(request.path) && servedExchange(request) === undefined) {
			const exchange = openExchange(request, response, framework, request);
			passThrough(app.probes.pipeline, exchange, PASSAGE, next);
		} else {
			next();
		}
	}

	// Express tells whatever looks like an app which app it is mounted on, and writes `mountpath` and `parent` on it.
	const mounted = Object.assign((...args: Parameters<typeof handle>): void => handle(...args), {
		handle,
		mountpath: "/" as string | string[],
		set: () => {},
		emit: (event: string, parent: Express): void => {
			if (event === "mount") onMount(parent);
		},
	});
	return mounted;
}
