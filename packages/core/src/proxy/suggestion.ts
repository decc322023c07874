import { isCloudflare, isPrivate } from "./trust.ts";

export interface Suggestion {
	/** What to type in code. */
	readonly code: string;
	/** The same by addresses, where they have names. */
	readonly byAddresses?: string;
	/** The same without code. */
	readonly variable: string;
	readonly because: string;
}

/**
 * The setting that fits a chain, read from the socket outwards, given that its sender wrote no X-Forwarded-For itself:
 * private addresses and those of Cloudflare are taken for proxies, and the first other one for the client.
 */
export function suggestionFor(chain: readonly string[]): Suggestion {
	const [peer] = chain;
	if (peer === undefined) return NONE;
	if (chain.length === 1) return { ...NONE, because: ALONE };
	const isProxy = (address: string): boolean => isPrivate(address, 0) || isCloudflare(address, 0);
	const client = chain.findIndex((address) => !isProxy(address));
	if (client === 0) {
		return {
			...hops(chain.length - 1),
			byAddresses: `proxy: { trust: ["${peer}"] }`,
			because: `${peer} forwards. If it is your proxy, it is the nearest of so many; if it is not, anybody may write that header: proxy: false`,
		};
	}
	const count = client === -1 ? chain.length - 1 : client;
	const proxies = chain.slice(0, count);
	const names = [
		...(proxies.some((address) => isPrivate(address, 0)) ? ["private"] : []),
		...(proxies.some((address) => isCloudflare(address, 0)) ? ["cloudflare"] : []),
	];
	return {
		...hops(count),
		byAddresses: `proxy: { trust: [${names.map((name) => `"${name}"`).join(", ")}] }`,
		because: `${proxies.join(", ")} forward${count === 1 ? "s" : ""} for ${chain[count]}`,
	};
}

const ALONE = "nobody forwards. If there is a proxy, ask through it, from outside";

const NONE: Suggestion = {
	code: "proxy: false",
	variable: "TRUST_PROXY=none",
	because: "the socket has no address",
};

function hops(count: number): Pick<Suggestion, "code" | "variable"> {
	return { code: `proxy: { hops: ${count} }`, variable: `TRUST_PROXY=${count}` };
}
