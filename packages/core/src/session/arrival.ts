import type { IncomingMessage } from "node:http";
import type { Exchange } from "../exchange/exchange.ts";
import type { SessionPolicy } from "./policy.ts";
import { readSignedId } from "./signed-id.ts";
import { openVisit, type Visit } from "./visit.ts";

const kExpected: unique symbol = Symbol("production-ready.expected-session");
interface Expecting extends IncomingMessage {
	[kExpected]?: Expected;
}

interface Expected {
	readonly policy: SessionPolicy;
	readonly visit: Visit;
}

/** The visit of who brings an id that one of the secrets has signed; of everybody else there is nothing to read. */
export function arrive(exchange: Exchange, policy: SessionPolicy): Visit | undefined {
	const request: Expecting = exchange.request;
	if (request.headers.cookie === undefined) return undefined;
	const expected = request[kExpected];
	return expected?.policy === policy ? expected.visit : visitOf(exchange, policy);
}

/** The same before its turn, for whoever has something to begin: the signature is looked at once. */
export function expectVisit(exchange: Exchange, policy: SessionPolicy): Visit | undefined {
	const request: Expecting = exchange.request;
	const visit = request.headers.cookie === undefined ? undefined : visitOf(exchange, policy);
	if (visit !== undefined) request[kExpected] = { policy, visit };
	return visit;
}

function visitOf({ request, isSecure }: Exchange, policy: SessionPolicy): Visit | undefined {
	const { name } = isSecure ? policy.secure : policy.plain;
	const signed = readSignedId(request.headers.cookie, name, policy.secrets);
	return signed === undefined ? undefined : openVisit(signed.id, signed.signed);
}
