import { errorVerdict, exchangeOf, writeError } from "@production-ready/core/adapter";
import type {
	FastifyError,
	FastifyInstance,
	FastifyReply,
	FastifyRequest,
	FastifyServerOptions,
} from "fastify";
import { parserVerdict } from "./body.ts";
import { sendVerdict } from "./exchange.ts";

type ErrorHandler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void;
type LogController = { readonly defaultErrorLog: ErrorHandler };

/** Answers errors as problem+json, with the request's id and without a stack: `app.setErrorHandler(errorHandler())`. */
export function errorHandler(): ErrorHandler {
	return answering();
}

/** In the place of Fastify's own handler, which writes a line for each error to the program's log. */
function answering(log?: LogController): ErrorHandler {
	return (error, request, reply) => {
		const exchange = exchangeOf(request.raw);
		if (exchange === undefined) {
			reply.send(error);
			return;
		}
		const verdict = parserVerdict(exchange, error) ?? errorVerdict(exchange, error, reply.statusCode);
		reply.code(verdict.status);
		log?.defaultErrorLog(error, request, reply);
		sendVerdict(reply, verdict);
	};
}

/** Where a hook of the program, or a header that cannot be sent, breaks our answer too: past all of Fastify. */
function lastResort(): ErrorHandler {
	return (error, request, reply) => {
		const exchange = exchangeOf(request.raw);
		if (exchange === undefined) {
			reply.send(error);
			return;
		}
		const { raw } = reply.hijack();
		if (raw.headersSent) raw.destroy();
		else writeError(exchange, raw, error);
	};
}

/**
 * Puts ours beneath the error handlers that the program has set or will set: Fastify asks the innermost first, and
 * hands on what that one throws or sends on.
 */
export function answerErrors(instance: FastifyInstance): void {
	const own = instance.errorHandler;
	const isOwn = own.name !== "defaultErrorHandler";
	const place = placeOfErrorHandler(instance);
	const handlers = [
		lastResort(),
		answering(logControllerOf(instance)),
		...(isOwn ? [own as ErrorHandler] : []),
	];
	for (const handler of handlers) {
		place?.free();
		instance.setErrorHandler(handler);
	}
	place?.restore();
}

/** What writes Fastify's own lines. The earlier Fastify 5 has none. */
function logControllerOf(instance: object | null): LogController | undefined {
	if (instance === null) return undefined;
	const symbols = Object.getOwnPropertySymbols(instance);
	const place = symbols.find(({ description }) => description === "fastify.logController");
	if (place === undefined) return logControllerOf(Object.getPrototypeOf(instance));
	return (instance as Record<symbol, LogController>)[place];
}

/** Fastify warns who sets a second error handler in the same place. The place is the program's, and we take none. */
function placeOfErrorHandler(instance: object): { free(): void; restore(): void } | undefined {
	const symbols = Object.getOwnPropertySymbols(instance);
	const isTaken = symbols.find(({ description }) => description === "fastify.errorHandlerAlreadySet");
	if (isTaken === undefined) return undefined;
	const place = instance as Record<symbol, unknown>;
	const before = place[isTaken];
	return {
		free() {
			place[isTaken] = false;
		},
		restore() {
			place[isTaken] = before;
		},
	};
}

type Unrouted = NonNullable<FastifyServerOptions["frameworkErrors"]>;
const servers = new WeakMap<object, ErrorHandler>();

/** Takes requests through the rooms that Fastify refuses before any hook, such as a URL with half an escape. */
export function serveUnrouted(instance: FastifyInstance, serve: ErrorHandler): void {
	servers.set(instance.server, serve);
}

/** Fastify wants to be told at construction; the app that serves comes later. */
export const answerUnrouted: Unrouted = (error, request, reply) => {
	const serve = servers.get(request.server.server);
	if (serve === undefined) answerAsFastify(error, reply as FastifyReply);
	else serve(error, request as FastifyRequest, reply as FastifyReply);
};

export function answerAsFastify(error: FastifyError, reply: FastifyReply): void {
	reply.code(error.statusCode as number).send(error);
}
