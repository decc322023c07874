import {
	BODY_LIMIT_AT_CONSTRUCTION,
	parsedVerdict,
	servedExchange,
	toldBodyBytes,
	unparsedVerdict,
	type Verdict,
} from "@production-ready/core/adapter";
import type { FastifyError, FastifyInstance } from "fastify";
import { sendVerdict } from "./exchange.ts";

type Notice = typeof BODY_LIMIT_AT_CONSTRUCTION;

/**
 * Judges what Fastify's parsers, or the program's own, have made of a body. Behind them, so that neither a parser nor
 * what it does about prototypes is taken from the program.
 */
export function guardBodies(instance: FastifyInstance): void {
	instance.addHook("preValidation", (request, reply, done) => {
		const exchange = servedExchange(request.raw);
		const verdict = exchange && parsedVerdict(exchange, request.body);
		if (verdict === undefined) {
			done();
			return;
		}
		exchange!.isAnswered = true;
		sendVerdict(reply, verdict);
	});
}

/** Fastify's parsers stop at a length of their own, which is decided at construction. */
export function tellBodyLimit(
	{ initialConfig }: FastifyInstance,
	maxBodyBytes: number | undefined,
	notice: (...notice: Notice) => void,
): void {
	const { bodyLimit } = initialConfig;
	if (bodyLimit === undefined || maxBodyBytes === undefined) return;
	if (maxBodyBytes > bodyLimit && toldBodyBytes(bodyLimit) === undefined)
		notice(...BODY_LIMIT_AT_CONSTRUCTION);
}

/** What is to be told in place of a parser's error. */
export function parserVerdict(
	exchange: Parameters<typeof unparsedVerdict>[0],
	error: FastifyError,
): Verdict | undefined {
	const isParsers = error instanceof SyntaxError || error.code?.startsWith("FST_ERR_CTP_");
	return isParsers ? unparsedVerdict(exchange, error) : undefined;
}
