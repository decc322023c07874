import { type Check, type Checks, either, flag, oneOf } from "../checks.ts";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import { originalUrl } from "../exchange/original-url.ts";
import type { Facts, RequestRoom, Surroundings } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { askedHost, type Host, isLoopback, likelyHost, MALFORMED, NO_HOST, parseHost } from "../host.ts";
import { problem } from "../problem.ts";
import { locationOf } from "./location.ts";
import { LEFT_ALONE, SENT_ON } from "./notices.ts";

export interface HttpsOptions {
	/**
	 * Sends who came by http to https, with 308, which keeps method and body (RFC 9110, section 15.4.9). `"get-and-head"`
	 * sends GET and HEAD only and refuses the others with 403: their body has crossed the network in the clear, and a
	 * client that is sent on never notices that it always does so. Whether a request came by https is the word of our own
	 * TLS, or of the proxies that `proxy` names.
	 */
	redirect?: boolean | "get-and-head" | undefined;
	/**
	 * Where to, with its port if that is not 443: `"example.com"`. Without it that of EXTERNAL_URL, and else the host that
	 * the request asks for, at port 443.
	 */
	host?: string | undefined;
}

export interface HttpsValues {
	redirect: boolean | "get-and-head";
	host: string | undefined;
}

const DEFAULTS: HttpsValues = { redirect: true, host: undefined };

const host: Check = {
	expected: "a host, with a port or without, and no URL",
	example: '"example.com"',
	accepts: (value) => typeof value === "string" && parseHost(value) !== undefined,
	meant(value) {
		const likely = likelyHost(value);
		return likely === undefined ? undefined : JSON.stringify(likely);
	},
};

const CHECKS: Checks<HttpsValues> = { redirect: either(flag(true), oneOf(["get-and-head"])), host };

export interface HttpsPolicy {
	readonly redirects: "all" | "get-and-head" | "none";
	readonly host: string | undefined;
	/** A developer's own machine has no certificate. */
	readonly sparesLoopback: boolean;
}

function policy({ redirect, host }: Readonly<HttpsValues>, { mode }: Facts): HttpsPolicy {
	const redirects = redirect === "get-and-head" ? redirect : redirect ? "all" : "none";
	return deepFreeze({ redirects, host, sparesLoopback: mode === "development" });
}

function enter(policy: HttpsPolicy, { notice }: Surroundings, exchange: Exchange): Verdict | undefined {
	if (exchange.isSecure) return undefined;
	const { schemeDoubt, request } = exchange;
	if (schemeDoubt === "unexplained" || schemeDoubt === "unnamable") {
		notice(...LEFT_ALONE[schemeDoubt]);
		return undefined;
	}
	const target = originalUrl(request);
	const asked = exchange.host ?? askedHost(request, target);
	if (asked === "malformed") return refuse(exchange, 400, MALFORMED);
	if (policy.sparesLoopback && asked !== "none" && isLoopback(asked)) return undefined;
	if (policy.redirects === "get-and-head" && request.method !== "GET" && request.method !== "HEAD") {
		return refuse(exchange, 403, HTTPS_ONLY);
	}
	const host = policy.host ?? nameOf(asked);
	if (host === undefined) return refuse(exchange, 400, NO_HOST);
	const location = locationOf(host, target);
	if (location === undefined) return refuse(exchange, 403, HTTPS_ONLY);
	if (schemeDoubt !== undefined) notice(...SENT_ON[schemeDoubt]);
	return redirect(location);
}

/** Without its port: where http is spoken, https is not. */
function nameOf(asked: Host | "none"): string | undefined {
	return asked === "none" ? undefined : asked.name;
}

/**
 * Not to be kept by anybody: a cache that does not tell http from https would answer https with it, for ever, and so would
 * a browser whose user was sent by a mistake. What makes browsers come by https at once is Strict-Transport-Security.
 */
function redirect(location: string): Verdict {
	return {
		status: 308,
		headers: [
			["content-type", "text/plain; charset=utf-8"],
			["cache-control", "no-store"],
			["location", location],
		],
		body: "over https, please\n",
	};
}

const HTTPS_ONLY = "this is answered over https only";

function refuse(exchange: Exchange, status: number, message: string): Verdict {
	exchange.reason = message;
	return problem({ status, message }, status, exchange.requestId);
}

export const HTTPS: RequestRoom<HttpsValues, HttpsPolicy> = {
	key: "https",
	purpose: "Requests that anybody on the way can read and change",
	DEFAULTS,
	CHECKS,
	policy,
	create: (policy, surroundings): OpenRoom =>
		policy.redirects === "none" ? {} : { enter: (exchange) => enter(policy, surroundings, exchange) },
};
