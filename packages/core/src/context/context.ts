import { type Check, type Checks, listOf, text } from "../checks.ts";
import type { Exchange, OpenRoom } from "../exchange/exchange.ts";
import type { RequestRoom, Surroundings } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { hostMatcher, propagateFrom, startPropagation } from "./outgoing.ts";
import { contextOpener } from "./request-context.ts";
import { chooseRequestId, WELL_FORMED_ID } from "./request-id.ts";

export interface RequestIdOptions {
	/** The header the id comes in by and goes out by. */
	header?: string | undefined;
	/** What an inbound id must look like to be taken over; anything else is replaced by a new UUID. */
	accept?: RegExp | undefined;
	/** Hosts that get the id and the trace when a request calls them: `api.internal`, `*.internal`. Nobody by default. */
	propagateTo?: readonly string[] | undefined;
}

export interface RequestIdValues {
	header: string;
	accept: RegExp;
	propagateTo: readonly string[];
}

const DEFAULTS: RequestIdValues = {
	header: "x-request-id",
	accept: WELL_FORMED_ID,
	propagateTo: [],
};

const CHECKS: Checks<RequestIdValues> = {
	header: text(
		/^(?!content-|transfer-encoding$|connection$)[a-z0-9-]+$/,
		"the name of a header of its own, in lower case",
		"x-request-id",
	),
	accept: pattern(),
	propagateTo: listOf(
		text(/^(\*\.)?[A-Za-z0-9.-]+(:\d+)?$/, "a host, without protocol and path", "*.internal"),
	),
};

function pattern(): Check {
	return {
		expected: "a regular expression without the flags g and y, which remember the last match",
		example: String(WELL_FORMED_ID),
		accepts: (value) => value instanceof RegExp && !value.global && !value.sticky,
	};
}

export type RequestIdPolicy = Readonly<RequestIdValues>;

function policy(values: RequestIdPolicy): RequestIdPolicy {
	return deepFreeze({ ...values });
}

function create(policy: RequestIdPolicy, surroundings: Surroundings): OpenRoom {
	const { header, accept, propagateTo } = policy;
	const propagation = propagateTo.length === 0 ? undefined : { header, reaches: hostMatcher(propagateTo) };
	const openContext = contextOpener(surroundings);
	if (propagation !== undefined) surroundings.start(startPropagation);
	return {
		enter(exchange: Exchange): undefined {
			// An id that is there already, from the bootstrap or from the framework, is the id of this request.
			if (!accept.test(exchange.requestId)) {
				exchange.requestId = chooseRequestId(exchange.request.headers, header, accept);
			}
			exchange.context ??= openContext(exchange);
			exchange.requestIdHeader = header;
			// One that hears of a request before us may have answered it.
			if (!exchange.response.headersSent) exchange.response.setHeader(header, exchange.requestId);
			if (propagation !== undefined) propagateFrom(exchange, propagation);
		},
	};
}

export const REQUEST_ID: RequestRoom<RequestIdValues, RequestIdPolicy> = {
	key: "requestId",
	purpose: "Lines and errors that nobody can match to a request",
	DEFAULTS,
	CHECKS,
	policy,
	create,
};
