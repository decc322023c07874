import { bearsToken } from "../bearer.ts";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import { explanationOf } from "./explanation.ts";
import type { ProxyPolicy } from "./policy.ts";
import { isPrivate } from "./trust.ts";

/** Explains to the operator who was believed; for all others there is nothing here. */
export function createAnswer(policy: ProxyPolicy): OpenRoom["answer"] {
	const { explainPath, token } = policy;
	if (explainPath === undefined) return undefined;
	return (exchange) => {
		if (exchange.path !== explainPath) return undefined;
		const { request } = exchange;
		if (request.method !== "GET" && request.method !== "HEAD") return undefined;
		const mayAsk =
			token === undefined ? isPrivate(request.socket.remoteAddress ?? "", 0) : bearsToken(request, token);
		return mayAsk ? explained(exchange, policy) : undefined;
	};
}

function explained(exchange: Exchange, policy: ProxyPolicy): Verdict {
	return {
		status: 200,
		headers: [
			["content-type", "application/json; charset=utf-8"],
			["cache-control", "no-store"],
		],
		body: JSON.stringify(explanationOf(exchange, policy), undefined, 2),
	};
}
