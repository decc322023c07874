import { exchangeOf, writeError } from "@production-ready/core/adapter";
import type { Application, ErrorRequestHandler } from "express";
import { routerOf } from "./routes.ts";

/** Answers errors as problem+json, with the request's id and without a stack. Mount it behind the routes. */
export function errorHandler(): ErrorRequestHandler {
	return (error, request, response, next) => {
		const exchange = exchangeOf(request);
		// Core has answered while the route was running, and this is what the route makes of it.
		if (exchange?.isAnswered && response.headersSent) return;
		if (exchange === undefined) next(error);
		else writeError(exchange, response, error);
	};
}

const handlers = new WeakMap<Application, ErrorRequestHandler>();

/** Keeps an error handler behind all routes of the app, also those that are added while it serves. */
export function keepErrorHandlerLast(app: Application): void {
	let handler = handlers.get(app);
	if (handler === undefined) {
		handler = errorHandler();
		handlers.set(app, handler);
	}
	const stack = routerOf(app)?.stack ?? [];
	if (stack.at(-1)?.handle === (handler as unknown)) return;
	const place = stack.findIndex((layer) => layer.handle === (handler as unknown));
	if (place === -1) app.use(handler);
	else stack.push(...stack.splice(place, 1));
}
