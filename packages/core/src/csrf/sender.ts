import type { Exchange } from "../exchange/exchange.ts";

/** Who has sent a request, where it was neither a page of ours nor something else than a browser. */
export type Stranger = "cross-site" | "same-site" | "other-origin" | "null-origin";

/**
 * What the browser says of the page behind a request. `Sec-Fetch-Site` tells whether it was ours, and no page can write it
 * (Fetch Metadata, W3C). It is missing over plain http and in browsers from before 2023: there `Origin` is held against what
 * was asked for. Where both are missing it was no browser, whose users' cookies another site could use.
 */
export function strangerBehind(exchange: Exchange): Stranger | undefined {
	const { origin, "sec-fetch-site": site } = exchange.request.headers;
	if (site === "same-origin" || site === "none") return undefined;
	if (site !== undefined && site !== "") return site === "same-site" ? "same-site" : "cross-site";
	if (origin === undefined || origin === "") return undefined;
	if (origin === "null") return "null-origin";
	return isOwn(origin, exchange) ? undefined : "other-origin";
}

/**
 * Whether an origin is the request's own. A page of http does not pass for one of https, since anybody on the way can write
 * it; the other way round only means that nobody told us of the proxy that speaks TLS.
 */
function isOwn(origin: string, { request, forwardedHost, isSecure }: Exchange): boolean {
	const [, scheme, host] = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
	if (host === undefined || (scheme === "http" && isSecure)) return false;
	const port = scheme === "https" ? ":443" : ":80";
	// HTTP/2 has a word of its own for `Host`.
	const { headers } = request;
	const { host: asked = headers[":authority"] } = headers;
	// As the proxies' words were settled; where the program decides about them, the first one has seen what was asked for.
	const forwarded = forwardedHost === undefined ? undefined : headers["x-forwarded-host"];
	return [asked, String(forwarded ?? "").split(",", 1)[0]].some((name) => {
		const lower = typeof name === "string" ? name.trim().toLowerCase() : "";
		return lower === host || lower === host + port;
	});
}
