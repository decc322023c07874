import { errorVerdict, exchangeOf } from "@production-ready/core/adapter";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendVerdict } from "./exchange.ts";

/** Answers errors as problem+json, with the request's id and without a stack: `app.setErrorHandler(errorHandler())`. */
export function errorHandler(): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
	return (error, request, reply) => {
		const exchange = exchangeOf(request.raw);
		if (exchange === undefined) reply.send(error);
		else sendVerdict(reply, errorVerdict(exchange, error, reply.statusCode));
	};
}

/**
 * The same, without taking the error handler that a program may want to set: what Fastify's own handler has answered
 * is replaced on its way out. An answer that the program has written for an error stays.
 */
export function replaceErrorAnswers(instance: FastifyInstance): void {
	const failed = new WeakMap<FastifyReply, unknown>();
	instance.addHook("onError", (_request, reply, error, done) => {
		failed.set(reply, error);
		done();
	});
	instance.addHook("onSend", (request, reply, payload, done) => {
		const exchange = exchangeOf(request.raw);
		if (exchange === undefined || !failed.has(reply)) {
			done(null, payload);
			return;
		}
		const { status, headers, body } = errorVerdict(exchange, failed.get(reply), reply.statusCode);
		failed.delete(reply);
		reply.code(status).removeHeader("content-length");
		for (const [name, value] of headers) reply.header(name, value);
		done(null, body);
	});
}
