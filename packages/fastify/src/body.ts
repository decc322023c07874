import {
	BODY_LIMIT_AT_CONSTRUCTION,
	enter,
	parsedVerdict,
	servedExchange,
	toldBodyBytes,
	unparsedVerdict,
	type Verdict,
} from "@production-ready/core/adapter";
import type {
	DoneFuncWithErrOrRes,
	FastifyError,
	FastifyInstance,
	FastifyReply,
	FastifyRequest,
} from "fastify";
import { overridesOf, PASSAGE, sendVerdict } from "./exchange.ts";
import { checkRoute, routeOverrides } from "./routes.ts";

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

/** Routes whose limit goes by what the body says. On those only, where we hear of all: a hook costs every request of an app. */
export function limitBehindBodies(instance: FastifyInstance): void {
	const hearsOfAll = !hasRoutes(instance);
	if (!hearsOfAll) instance.addHook("preHandler", enterBehindBody);
	instance.addHook("onRoute", (route) => {
		checkRoute(route);
		if (!hearsOfAll || !routeOverrides(route.config?.productionReady)?.rateLimit?.isBehindBody) return;
		route.preHandler = [enterBehindBody, ...[route.preHandler ?? []].flat()];
	});
}

/** Whether there are routes that nobody tells us of: their methods are in capitals, and nothing else in a list of none. */
function hasRoutes(instance: FastifyInstance): boolean {
	return /[A-Z]/.test(instance.printRoutes());
}

function enterBehindBody(request: FastifyRequest, _reply: FastifyReply, done: DoneFuncWithErrOrRes): void {
	const room = overridesOf(request)?.rateLimit;
	const exchange = room?.isBehindBody ? servedExchange(request.raw) : undefined;
	if (exchange === undefined) done();
	else enter({ enter: room!.enter! }, exchange, PASSAGE, done);
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
