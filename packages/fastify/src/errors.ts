import { isDeepStrictEqual } from "node:util";
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
	const failures = new WeakMap<FastifyReply, { readonly error: unknown }>();
	instance.addHook("onError", (_request, reply, error, done) => {
		failures.set(reply, { error });
		done();
	});
	instance.addHook("onSend", (request, reply, payload, done) => {
		const exchange = exchangeOf(request.raw);
		const failure = failures.get(reply);
		if (exchange === undefined || failure === undefined || !isFastifysAnswer(reply, failure.error, payload)) {
			done(null, payload);
			return;
		}
		const { status, headers, body, forget = [] } = errorVerdict(exchange, failure.error, reply.statusCode);
		failures.delete(reply);
		// Fastify has taken over what the error carries, also what is no header value.
		for (const name of [...headersOf(failure.error), ...forget]) reply.removeHeader(name);
		reply.code(status);
		for (const [name, value] of headers) reply.header(name, value);
		done(null, body);
	});
}

/** Whether the answer is what Fastify makes of an error where the program says nothing, or hands the error on. */
function isFastifysAnswer(reply: FastifyReply, error: unknown, payload: unknown): boolean {
	// What is no error, Fastify sends as if it were an answer.
	if (!(error instanceof Error) && isSame(error, payload)) return true;
	// Its own words for an error are the only ones that have a length before they are sent.
	return typeof payload === "string" && reply.hasHeader("content-length");
}

function isSame(thrown: unknown, payload: unknown): boolean {
	try {
		return payload === thrown || isDeepStrictEqual(JSON.parse(String(payload)), plain(thrown));
	} catch {
		return false;
	}
}

function plain(value: unknown): unknown {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : value;
}

function headersOf(error: unknown): readonly string[] {
	try {
		return Object.keys((error as { headers: object }).headers);
	} catch {
		return [];
	}
}
