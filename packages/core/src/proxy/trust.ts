import { BlockList, isIP } from "node:net";
import { NAMED_RANGES, plainAddress } from "../address.ts";
import { ipv4Bits } from "../ipv4.ts";

/** Whether the peer at this place of the chain is a proxy to be believed; hop 0 is the one that holds the socket. */
export type Trust = (address: string, hopIndex: number) => boolean;

/**
 * Compiles addresses, CIDR ranges and names (`loopback`, `linklocal`, `uniquelocal`, `private`, which is those three, and
 * `cloudflare`) into a trust function.
 * Trusting too much lets every client choose its own address; what is no address is never trusted.
 * Throws a `RangeError` that names the entry it cannot read.
 */
export function compileTrust(list: readonly string[]): Trust {
	const ranges = list.flatMap((entry) => (Object.hasOwn(NAMED_RANGES, entry) ? NAMED_RANGES[entry]! : entry));
	const ipv4: Ipv4Range[] = [];
	const ipv6 = new BlockList();
	for (const range of ranges) addRange(ipv4, ipv6, range);
	// Whoever believes so much of IPv6 that IPv4 written as IPv6 is in it believes that too, however it is written.
	if (ipv6.check("0.0.0.0", "ipv4")) ipv4.push([0, 2 ** 32 - 1]);
	return (address) => {
		const plain = plainAddress(address);
		if (plain === undefined) return false;
		const bits = ipv4Bits(plain);
		return bits === -1 ? ipv6.check(plain, "ipv6") : isInOneOf(ipv4, bits);
	};
}

/** From the first address to the last. A `BlockList` makes two objects of every address that it is asked for. */
type Ipv4Range = readonly [first: number, last: number];

function isInOneOf(ranges: readonly Ipv4Range[], bits: number): boolean {
	for (let index = 0; index < ranges.length; index++) {
		const range = ranges[index]!;
		if (bits >= range[0] && bits <= range[1]) return true;
	}
	return false;
}

/** Compiled when first asked: most processes never are, and the ranges cost a start some milliseconds. */
function compiledLate(name: string): Trust {
	let trust: Trust | undefined;
	return (address, hopIndex) => {
		trust ??= compileTrust([name]);
		return trust(address, hopIndex);
	};
}

export const isPrivate: Trust = compiledLate("private");
export const isCloudflare: Trust = compiledLate("cloudflare");

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

function addRange(ipv4: Ipv4Range[], ipv6: BlockList, range: string): void {
	const [network = "", prefix, ...rest] = range.split("/");
	const address = plainAddress(network);
	const family = address === undefined ? 0 : isIP(address);
	const bits = family === 6 ? 128 : 32;
	const prefixBits = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
	if (address === undefined || rest.length > 0 || !(prefixBits >= 0 && prefixBits <= bits)) {
		throw new RangeError(`"${range}" is no address, no CIDR range and none of ${TRUST_NAMES.join(", ")}`);
	}
	if (family === 6) {
		ipv6.addSubnet(address, prefixBits, "ipv6");
	} else {
		const size = 2 ** (32 - prefixBits);
		const first = Math.floor(ipv4Bits(address) / size) * size;
		ipv4.push([first, first + size - 1]);
	}
}
