import { BlockList, isIP } from "node:net";
import { NAMED_RANGES, plainAddress } from "../address.ts";

/** Whether the peer at this place of the chain is a proxy to be believed; hop 0 is the one that holds the socket. */
export type Trust = (address: string, hopIndex: number) => boolean;

/**
 * Compiles addresses, CIDR ranges and names (`loopback`, `linklocal`, `uniquelocal`, `private`, which is those three, and
 * `cloudflare`) into a trust function.
 * Trusting too much lets every client choose its own address; what is no address is never trusted.
 * Throws a `RangeError` that names the entry it cannot read.
 */
export function compileTrust(list: readonly string[]): Trust {
	const ranges = new BlockList();
	for (const entry of list) {
		const named = Object.hasOwn(NAMED_RANGES, entry) ? NAMED_RANGES[entry]! : [entry];
		for (const range of named) addRange(ranges, range);
	}
	return (address) => {
		const plain = plainAddress(address);
		if (plain === undefined) return false;
		return ranges.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
	};
}

/** Trusts the nearest so many peers, whoever they are: for platforms whose proxies have no fixed address. */
export function trustHops(hops: number): Trust {
	return (_address, hopIndex) => hopIndex < hops;
}

/** What an entry can be beside addresses and ranges. */
export const TRUST_NAMES: readonly string[] = Object.keys(NAMED_RANGES);

/** Whether an entry can stand in a list for `compileTrust`. */
export function isTrustEntry(entry: string): boolean {
	try {
		compileTrust([entry]);
		return true;
	} catch {
		return false;
	}
}

/** Whether an entry is a network of all addresses, which trusts whoever connects. */
export function isEverybody(entry: string): boolean {
	return /\/0+$/.test(entry);
}

function addRange(ranges: BlockList, range: string): void {
	const [network = "", prefix, ...rest] = range.split("/");
	const address = plainAddress(network);
	const family = address === undefined ? 0 : isIP(address);
	const bits = family === 6 ? 128 : 32;
	const prefixBits = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
	if (address === undefined || rest.length > 0 || !(prefixBits >= 0 && prefixBits <= bits)) {
		throw new RangeError(`"${range}" is no address, no CIDR range and none of ${TRUST_NAMES.join(", ")}`);
	}
	ranges.addSubnet(address, prefixBits, family === 6 ? "ipv6" : "ipv4");
}
