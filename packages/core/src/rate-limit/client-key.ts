import { plainAddress } from "../address.ts";

/**
 * How much of an IPv6 address is one client. Providers hand a household or a server anything from a /64 to a /48:
 * a whole address as key would give each client 2^72 buckets, a /48 would put strangers into one.
 * Same as express-rate-limit 8.
 */
export const IPV6_PREFIX_BITS = 56;

/** The bucket an address counts in: IPv4 as it is, IPv6 by its prefix. */
export function clientKey(address: string): string {
	const plain = plainAddress(address);
	if (plain === undefined || !plain.includes(":")) return plain ?? address;
	const words = expand(plain);
	const kept = Math.floor(IPV6_PREFIX_BITS / 16);
	const partial = words[kept]! & (0xffff << (16 - (IPV6_PREFIX_BITS % 16)));
	const prefix = [...words.slice(0, kept), partial & 0xffff].map((word) => word.toString(16));
	return `${prefix.join(":")}::/${IPV6_PREFIX_BITS}`;
}

/** The eight words of an address, `::` filled up; the last two may be written as IPv4. */
function expand(address: string): number[] {
	const [head = "", tail] = address.split("::");
	const left = wordsOf(head);
	if (tail === undefined) return left;
	const right = wordsOf(tail);
	return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function wordsOf(part: string): number[] {
	if (part === "") return [];
	return part.split(":").flatMap((word) => {
		if (!word.includes(".")) return [Number.parseInt(word, 16)];
		const [a = 0, b = 0, c = 0, d = 0] = word.split(".").map(Number);
		return [(a << 8) | b, (c << 8) | d];
	});
}
