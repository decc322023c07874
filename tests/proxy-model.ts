/**
 * Who the client is, in the plainest way and with no line of ours: addresses are strings of bits, a range is the beginning
 * of one, and the chain is walked on a list.
 */

export interface Setting {
	readonly hops?: number;
	readonly trust?: readonly string[];
	readonly clientHeader?: string;
}

export interface Seen {
	readonly ip: string;
	readonly isSecure: boolean;
	/** Nothing: what the client has sent as Host. */
	readonly host: string | undefined;
}

/** Headers in lower case, as one line each. */
export type Headers = Readonly<Record<string, string | undefined>>;

export function seenBy(setting: Setting, peer: string, headers: Headers): Seen {
	const chain = [peer];
	for (const entry of (headers["x-forwarded-for"]?.split(",") ?? []).reverse()) {
		const address = addressIn(entry);
		if (address === undefined) break;
		chain.push(address);
	}
	let believed = 0;
	while (believed < chain.length && isBelieved(setting, chain[believed]!, believed)) believed++;
	if (believed === 0) return { ip: peer, isSecure: false, host: undefined };

	const named = setting.clientHeader === undefined ? undefined : headers[setting.clientHeader];
	const word = (name: string): string | undefined => {
		const words = headers[name]?.split(",").map((entry) => entry.trim());
		return words?.[Math.max(0, words.length - believed)];
	};
	return {
		ip: (named === undefined ? undefined : addressIn(named)) ?? chain[Math.min(believed, chain.length - 1)]!,
		isSecure: ["https", "wss"].includes(word("x-forwarded-proto")?.toLowerCase() ?? ""),
		host: word("x-forwarded-host") || undefined,
	};
}

function isBelieved({ hops, trust }: Setting, address: string, index: number): boolean {
	if (trust === undefined) return index < (hops ?? 0);
	return trust.flatMap((entry) => NAMES[entry] ?? [entry]).some((range) => isWithin(address, range));
}

const LOOPBACK = ["127.0.0.0/8", "::1"];
const LINKLOCAL = ["169.254.0.0/16", "fe80::/10"];
const UNIQUELOCAL = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
const NAMES: Readonly<Record<string, readonly string[]>> = {
	loopback: LOOPBACK,
	linklocal: LINKLOCAL,
	uniquelocal: UNIQUELOCAL,
	private: [...LOOPBACK, ...LINKLOCAL, ...UNIQUELOCAL],
	// Typed anew from the page, in its own order.
	cloudflare:
		`173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 190.93.240.0/20
		188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13
		131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29
		2c0f:f248::/32`.split(/\s+/),
};

function isWithin(address: string, range: string): boolean {
	const [network, prefix] = range.split("/") as [string, string | undefined];
	const bits = bitsOf(addressIn(network)!)!;
	const fixed = prefix === undefined ? bits : bits.slice(0, Number(prefix));
	const asked = bitsOf(address)!;
	return asked.length === bits.length && asked.startsWith(fixed);
}

/** The address in an entry of a list, as people write it: with a port, in brackets, with a zone, IPv4 within IPv6. */
export function addressIn(entry: string): string | undefined {
	let text = entry.trim().toLowerCase();
	const bracketed = /^\[(.*)\](:\d{1,5})?$/.exec(text);
	if (bracketed !== null) text = bracketed[1]!;
	else if (/^[\d.]+:\d{1,5}$/.test(text)) text = text.slice(0, text.indexOf(":"));
	const zone = /^([0-9a-f:.]+)%/.exec(text);
	if (zone !== null) text = zone[1]!;
	const bits = bitsOf(text);
	if (bits === undefined) return undefined;
	const isMapped = bits.length === 128 && bits.startsWith(`${"0".repeat(80)}${"1".repeat(16)}`);
	return isMapped ? decimal(bits.slice(96)) : text;
}

function decimal(bits: string): string {
	return [0, 8, 16, 24].map((from) => Number.parseInt(bits.slice(from, from + 8), 2)).join(".");
}

/** 32 or 128 characters; nothing if the text is no address. */
function bitsOf(text: string): string | undefined {
	if (!text.includes(":")) {
		const parts = text.split(".");
		if (parts.length !== 4) return undefined;
		const isByte = (part: string): boolean => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256;
		if (!parts.every(isByte)) return undefined;
		return parts.map((part) => Number(part).toString(2).padStart(8, "0")).join("");
	}
	const halves = text.split("::");
	if (halves.length > 2) return undefined;
	const sides = halves.map((half) => (half === "" ? "" : wordsOf(half)));
	if (sides.includes(undefined)) return undefined;
	const [left = "", right = ""] = sides as string[];
	const missing = 128 - left.length - right.length;
	if (halves.length === 1) return missing === 0 ? left : undefined;
	return missing < 16 ? undefined : left + "0".repeat(missing) + right;
}

function wordsOf(half: string): string | undefined {
	const words = half.split(":").map((word, index, all) => {
		if (word.includes(".")) return index === all.length - 1 ? bitsOf(word) : undefined;
		return /^[0-9a-f]{1,4}$/.test(word) ? Number.parseInt(word, 16).toString(2).padStart(16, "0") : undefined;
	});
	return words.includes(undefined) ? undefined : words.join("");
}
