import { NAMED_RANGES } from "../address.ts";
import { networkBits, parseList } from "./list.ts";
import { type Parser, type Refusal, refuse } from "./parsed.ts";

/** How many proxies stand in front, or which addresses they have; `false`: none. */
export type TrustProxy = { readonly hops: number } | { readonly trust: readonly string[] } | false;

/** No real chain is longer; a larger count believes whatever the client wrote. */
const MAX_HOPS = 32;

const HINT =
	"type how many proxies stand in front (1), their addresses (10.0.0.0/8, private, cloudflare), or none";

/** A hop count, a comma list of addresses, networks and their names, or `none`. */
export const parseTrustProxy: Parser<TrustProxy> = (text) => {
	if (text === "none") return { value: false };
	if (/^(?:true|yes|on|all|\*)$/i.test(text)) return trustsAll("trusts whoever connects");
	if (/^\d+$/.test(text)) {
		const hops = Number(text);
		if (hops > MAX_HOPS) return trustsAll("counts more proxies than any chain has");
		return { value: hops === 0 ? false : { hops } };
	}
	const list = parseList(text);
	const trust = "value" in list ? list.value : [];
	if (trust.some((item) => networkBits(item) === 0)) return trustsAll("trusts a network of all addresses");
	const isKnown = (item: string): boolean =>
		Object.hasOwn(NAMED_RANGES, item) || networkBits(item) !== undefined;
	if (trust.length === 0 || !trust.every(isKnown))
		return refuse("is no hop count, list of addresses or none", HINT);
	return { value: { trust } };
};

function trustsAll(problem: string): Refusal {
	const consequence = "every client could choose the address it is logged and limited by";
	return refuse(`${problem}: ${consequence}`, HINT, "PROXY_TRUSTS_ALL");
}
