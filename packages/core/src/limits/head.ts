import type { Exchange, RequestLimits, Verdict } from "../exchange/exchange.ts";
import { originalUrl } from "../exchange/original-url.ts";
import { bodyTooLarge, pathUndecodable, tooManyParameters, urlTooLong } from "./refusals.ts";

/** What the head of a request tells already: nothing of the body has to come for it. */
export function refusalOf(exchange: Exchange, limits: RequestLimits): Verdict | undefined {
	const { request, path, requestId } = exchange;
	const { maxBodyBytes, maxParameters, maxUrlBytes } = limits;
	// Node reads a head as latin1: a character is a byte.
	const url = originalUrl(request);
	if (url.length > maxUrlBytes) return urlTooLong(maxUrlBytes, requestId);
	if (path.includes("%") && !isDecodable(path)) return pathUndecodable(requestId);
	if (parametersExceed(url, path.length, maxParameters)) return tooManyParameters(maxParameters, requestId);
	if (Number(request.headers["content-length"]) > maxBodyBytes) return bodyTooLarge(maxBodyBytes, requestId);
	return undefined;
}

/** Routers decode a path, or the parameters in it, and throw at what is no UTF-8 (RFC 3629). */
function isDecodable(path: string): boolean {
	try {
		decodeURIComponent(path);
		return true;
	} catch {
		return false;
	}
}

/** Whether the query behind the path has more parameters: counted before anybody makes objects of them. */
function parametersExceed(url: string, pathLength: number, max: number): boolean {
	let parameters = 1;
	for (let at = url.indexOf("&", pathLength); at !== -1; at = url.indexOf("&", at + 1)) parameters++;
	return parameters > max;
}
