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

interface Failure {
	error: unknown;
	/** More than one: the program's own error handler has failed too. */
	count: number;
}

/**
 * The same, without taking the error handler that a program may want to set: what Fastify's own handler has answered
 * is replaced on its way out. An answer that the program has written for an error stays.
 */
export function replaceErrorAnswers(instance: FastifyInstance): void {
	const failures = new WeakMap<FastifyReply, Failure>();
	instance.addHook("onError", (_request, reply, error, done) => {
		failures.set(reply, { error, count: (failures.get(reply)?.count ?? 0) + 1 });
		done();
	});
	instance.addHook("onSend", (request, reply, payload, done) => {
		const exchange = exchangeOf(request.raw);
		const failure = failures.get(reply);
		if (exchange === undefined || failure === undefined || !isFastifysAnswer(request, failure, payload)) {
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

/** Whether the answer is what Fastify makes of an error where the program says nothing. */
function isFastifysAnswer(request: FastifyRequest, { error, count }: Failure, payload: unknown): boolean {
	const hasOwnHandler = request.server.errorHandler.name !== "defaultErrorHandler";
	if ((hasOwnHandler && count === 1) || typeof payload !== "string") return false;
	// Of what is no error, or cannot be read as one, Fastify makes what it can.
	const message = messageOf(error);
	if (message === undefined) return true;
	try {
		const answer = JSON.parse(payload) as Record<string, unknown>;
		return typeof answer.statusCode === "number" && answer.message === message;
	} catch {
		return false;
	}
}

function messageOf(error: unknown): string | undefined {
	try {
		const { message, headers } = error as { message: unknown; headers?: unknown };
		void headers;
		return typeof message === "string" ? message : undefined;
	} catch {
		return undefined;
	}
}

function headersOf(error: unknown): readonly string[] {
	try {
		return Object.keys((error as { headers: object }).headers);
	} catch {
		return [];
	}
}
