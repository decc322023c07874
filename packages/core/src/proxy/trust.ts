import { BlockList, isIP } from "node:net";

/** Whether the peer at this place of the chain is a proxy to be believed; hop 0 is the one that holds the socket. */
export type Trust = (address: string, hopIndex: number) => boolean;

/** Ranges of addresses that are nobody's on the internet, under the names Express gives them. */
const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
	loopback: ["127.0.0.1/8", "::1/128"],
	linklocal: ["169.254.0.0/16", "fe80::/10"],
	uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/**
 * Compiles addresses, CIDR ranges and names (`loopback`, `linklocal`, `uniquelocal`) into a trust function.
 * Trusting too much lets every client choose its own address; what is no address is never trusted.
 * Throws a `RangeError` that names the entry it cannot read.
 */
export function compileTrust(list: readonly string[]): Trust {
	const ranges = new BlockList();
	for (const entry of list) {
		for (const range of NAMED_RANGES[entry] ?? [entry]) addRange(ranges, range);
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

/** Whether an entry can stand in a list for `compileTrust`. */
export function isTrustEntry(entry: string): boolean {
	try {
		compileTrust([entry]);
		return true;
	} catch {
		return false;
	}
}

function addRange(ranges: BlockList, range: string): void {
	const [network = "", prefix, ...rest] = range.split("/");
	const address = plainAddress(network);
	const family = address === undefined ? 0 : isIP(address);
	const bits = family === 6 ? 128 : 32;
	const prefixBits = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
	if (address === undefined || rest.length > 0 || !(prefixBits >= 0 && prefixBits <= bits)) {
		throw new RangeError(
			`"${range}" is no address, no CIDR range and none of ${Object.keys(NAMED_RANGES).join(", ")}`,
		);
	}
	ranges.addSubnet(address, prefixBits, family === 6 ? "ipv6" : "ipv4");
}

/**
 * The bare address in what proxies write: without brackets, port and zone; IPv4 that is written as IPv6
 * (`::ffff:1.2.3.4`, `::ffff:102:304`) as IPv4, since both are the same client. Nothing if it is no address.
 */
export function plainAddress(written: string): string | undefined {
	let address = written.trim();
	if (address.startsWith("[")) address = address.slice(1, address.indexOf("]"));
	else if (address.indexOf(":") === address.lastIndexOf(":")) address = address.replace(/:\d{1,5}$/, "");
	const zone = address.indexOf("%");
	if (zone !== -1) address = address.slice(0, zone);
	const family = isIP(address);
	if (family === 0) return undefined;
	return family === 6 ? (unwrapMapped(address) ?? address.toLowerCase()) : address;
}

function unwrapMapped(address: string): string | undefined {
	const tail = /^(?:0{0,4}:){0,5}:?ffff:(.+)$/i.exec(address)?.[1];
	if (tail === undefined) return undefined;
	if (isIP(tail) === 4) return tail;
	const words = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(tail);
	if (words === null) return undefined;
	const [high, low] = [Number.parseInt(words[1]!, 16), Number.parseInt(words[2]!, 16)];
	return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
