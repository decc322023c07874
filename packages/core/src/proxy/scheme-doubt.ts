import type { Exchange } from "../exchange/exchange.ts";
import type { SchemeDoubt } from "../exchange/scheme-doubt.ts";
import type { Forwarding } from "./forwarded.ts";
import type { ProxyPolicy } from "./policy.ts";
import { isPrivate } from "./trust.ts";

/**
 * Why a request that does not count as secure may have come by https all the same. `isFrameworks`: the program has told its
 * framework whom to believe.
 */
export function schemeDoubt(
	policy: ProxyPolicy,
	{ request, clientAddress, isAddressDoubtful }: Exchange,
	isFrameworks: boolean,
): SchemeDoubt | undefined {
	const isKnown = policy.isKnown || isFrameworks;
	if (saysHttps(request)) {
		const { remoteAddress, destroyed } = request.socket;
		// A unix socket; that of a client that has gone has none either.
		if (!isFrameworks && remoteAddress === undefined && !destroyed) return "unnamable";
		if (!isKnown) return "unexplained";
		return isPrivate(clientAddress, 0) ? "unbelieved" : undefined;
	}
	const { "x-forwarded-proto": proto, "x-forwarded-for": forwarded } = request.headers;
	if (proto !== undefined || forwarded === undefined) return undefined;
	if (!isKnown) return isAddressDoubtful ? "unexplained" : undefined;
	return policy.isTrusting || isFrameworks ? "untold" : undefined;
}

/** Whether somebody on the way says that the client came by https, believed or not. */
function saysHttps({ headers }: Forwarding): boolean {
	const proto = headers["x-forwarded-proto"];
	return (
		typeof proto === "string" &&
		(proto === "https" || proto.split(",", 1)[0]!.trim().toLowerCase() === "https")
	);
}
