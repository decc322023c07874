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
	readWords(plain);
	let key = "";
	for (let index = 0; index < WHOLE_WORDS; index++) key += `${WORDS[index]!.toString(16)}:`;
	return `${key}${(WORDS[WHOLE_WORDS]! & PARTIAL_MASK).toString(16)}::/${IPV6_PREFIX_BITS}`;
}

const WHOLE_WORDS = Math.floor(IPV6_PREFIX_BITS / 16);
const PARTIAL_MASK = (0xffff << (16 - (IPV6_PREFIX_BITS % 16))) & 0xffff;
/** Of the address that was read last, as far as the prefix goes: one list for all. */
const WORDS = new Uint16Array(8);

const COLON = 0x3a;
const DOT = 0x2e;
const NINE = 0x39;

/** The first words of an address that is one, in lower case: `::` filled up. IPv4 can only stand behind them. */
function readWords(address: string): void {
	WORDS.fill(0);
	let place = 0;
	for (let index = 0; index < address.length && place <= WHOLE_WORDS; index++) {
		const code = address.charCodeAt(index);
		if (code === DOT) return;
		if (code !== COLON) {
			WORDS[place] = (WORDS[place]! << 4) | (code <= NINE ? code & 15 : (code & 15) + 9);
		} else if (address.charCodeAt(index + 1) === COLON) {
			place = 8 - wordsFrom(address, index + 2);
			index++;
		} else {
			place++;
		}
	}
}

/** How many words stand from here to the end; IPv4 is two. */
function wordsFrom(address: string, start: number): number {
	if (start === address.length) return 0;
	let words = address.includes(".") ? 2 : 1;
	for (let index = start; index < address.length; index++) if (address.charCodeAt(index) === COLON) words++;
	return words;
}
