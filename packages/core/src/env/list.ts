import { isIP } from "node:net";
import { type Parser, refuse } from "./parsed.ts";

/** `a, b,c` to its items; an empty item is refused, since something was to stand there. */
export const parseList: Parser<readonly string[]> = (text) => {
	const value = text.split(",").map((item) => item.trim());
	return value.includes("") ? refuse("has an empty item", "take the comma too many away") : { value };
};

/** Addresses and networks: `10.0.0.0/8, 127.0.0.1, fd00::/8`. */
export const parseCidrList: Parser<readonly string[]> = (text) => {
	const parsed = parseList(text);
	if (!("value" in parsed) || parsed.value.every((item) => networkBits(item) !== undefined)) return parsed;
	return refuse(
		"has an item that is neither an address nor a network",
		"type addresses and networks, like 10.0.0.0/8, 127.0.0.1",
	);
};

/** How many leading bits an address or network in CIDR notation fixes; undefined when it is neither. */
export function networkBits(item: string): number | undefined {
	const [address = "", prefix, ...rest] = item.split("/");
	const family = isIP(address);
	// A zone (`fe80::1%eth0`) means something on one machine only.
	if (family === 0 || rest.length > 0 || address.includes("%")) return undefined;
	const width = family === 4 ? 32 : 128;
	if (prefix === undefined) return width;
	return /^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= width ? Number(prefix) : undefined;
}
