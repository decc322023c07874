import { networkBits, parseCidrList } from "./list.ts";
import { type Parser, type Refusal, refuse } from "./parsed.ts";

/** How many proxies stand in front, or which addresses they have; `false`: none. */
export type TrustProxy = { readonly hops: number } | { readonly trust: readonly string[] } | false;

/** No real chain is longer; a larger count believes whatever the client wrote. */
const MAX_HOPS = 32;

const HINT = "type how many proxies stand in front (1), their addresses (10.0.0.0/8, fd00::/8), or none";

/** A hop count, a comma list of addresses and networks, or `none`. */
export const parseTrustProxy: Parser<TrustProxy> = (text) => {
	if (text === "none") return { value: false };
	if (/^(?:true|yes|on|all|\*)$/i.test(text)) return trustsAll("trusts whoever connects");
	if (/^\d+$/.test(text)) {
		const hops = Number(text);
		if (hops > MAX_HOPS) return trustsAll("counts more proxies than any chain has");
		return { value: hops === 0 ? false : { hops } };
	}
	const list = parseCidrList(text);
	if (!("value" in list)) return refuse("is no hop count, list of addresses or none", HINT);
	if (list.value.some((item) => networkBits(item) === 0))
		return trustsAll("trusts a network of all addresses");
	return { value: { trust: list.value } };
};

function trustsAll(problem: string): Refusal {
	const consequence = "every client could choose the address it is logged and limited by";
	return refuse(`${problem}: ${consequence}`, HINT, "PROXY_TRUSTS_ALL");
}
