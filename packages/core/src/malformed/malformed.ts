import type { Exchange, Verdict } from "../exchange/exchange.ts";
import { problem } from "../problem.ts";

/**
 * Refuses what Node's parser lets through and no program should have to know of: it has nothing to choose, and no key. What
 * the parser refuses itself never comes here.
 */
export function refuseMalformed({ request, requestId }: Exchange): Verdict | undefined {
	const { method, rawHeaders } = request;
	if (method === "TRACE") return problem(TRACE, TRACE.statusCode, requestId);
	if (rawHeaders.length > MAX_HEADERS * 2) return problem(TOO_MANY, TOO_MANY.statusCode, requestId);
	let hosts = 0;
	for (let index = 0; index < rawHeaders.length; index += 2) {
		if (isHost(rawHeaders[index]!) && ++hosts === 2)
			return problem(TWO_HOSTS, TWO_HOSTS.statusCode, requestId);
	}
	return undefined;
}

function isHost(name: string): boolean {
	return name.length === 4 && name.toLowerCase() === "host";
}

/**
 * It answers with what it was sent, the cookies and the headers of a proxy among it (RFC 9110, 9.3.8; OWASP, Cross Site
 * Tracing). The list is what an `Allow` has to hold: what a route takes in truth only the route knows.
 */
const TRACE = {
	statusCode: 405,
	message: "TRACE is not served",
	headers: { allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" },
};

/**
 * The first one is taken by Node, another one perhaps by the proxy in front: whose links, whose cache entry, whose tenant
 * would it be? RFC 9112, 3.2, asks for this answer.
 */
const TWO_HOSTS = { statusCode: 400, message: "the request has more than one Host header" };

/**
 * As many as Node takes: 22.23 and 24.21 refuse the rest themselves, 22.12 and 24.10 leave it out without a word. What a
 * proxy adds, such as X-Forwarded-For, comes last.
 */
const MAX_HEADERS = 1_000;
const TOO_MANY = { statusCode: 431, message: `the request has more than ${MAX_HEADERS} headers` };
