import { isIP } from "node:net";
import { CLOUDFLARE_RANGES } from "./cloudflare-ranges.ts";
import { ipv4Bits } from "./ipv4.ts";

const LOOPBACK: readonly string[] = ["127.0.0.1/8", "::1/128"];
const LINKLOCAL: readonly string[] = ["169.254.0.0/16", "fe80::/10"];
const UNIQUELOCAL: readonly string[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/**
 * Ranges that have a name. The first three are as Express has them; `private` is the three together, and so nobody's on
 * the internet (RFC 1918, 3927, 4193, 4291). It does not hold 100.64.0.0/10 (RFC 6598), which carriers and VPNs give to
 * clients.
 */
export const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
	loopback: LOOPBACK,
	linklocal: LINKLOCAL,
	uniquelocal: UNIQUELOCAL,
	private: [...LOOPBACK, ...LINKLOCAL, ...UNIQUELOCAL],
	cloudflare: CLOUDFLARE_RANGES,
};

/**
 * The bare address in what proxies write: without brackets, port and zone; IPv4 that is written as IPv6
 * (`::ffff:1.2.3.4`, `::ffff:102:304`) as IPv4, since both are the same client. Nothing if it is no address.
 */
export function plainAddress(written: string): string | undefined {
	// The two forms that nearly all come in: what a proxy writes, and what a socket for both families says of IPv4.
	if (ipv4Bits(written) !== -1) return written;
	if (written.startsWith(MAPPED) && ipv4Bits(written, MAPPED.length) !== -1)
		return written.slice(MAPPED.length);
	let address = written.trim();
	const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(address);
	if (bracketed !== null) address = bracketed[1]!;
	else if (address.indexOf(":") === address.lastIndexOf(":")) address = address.replace(/:\d{1,5}$/, "");
	const zone = address.indexOf("%");
	if (zone !== -1) address = address.slice(0, zone);
	const family = isIP(address);
	if (family === 0) return undefined;
	return family === 6 ? (unwrapMapped(address) ?? address.toLowerCase()) : address;
}

const MAPPED = "::ffff:";

function unwrapMapped(address: string): string | undefined {
	const tail = /^(?:0{0,4}:){0,5}:?ffff:(.+)$/i.exec(address)?.[1];
	if (tail === undefined) return undefined;
	if (isIP(tail) === 4) return tail;
	const words = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(tail);
	if (words === null) return undefined;
	const [high, low] = [Number.parseInt(words[1]!, 16), Number.parseInt(words[2]!, 16)];
	return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
