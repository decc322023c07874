import { pathOf } from "../host.ts";

/** Where the same target is over https; nothing for what is no path. The host is ours: no target leads elsewhere. */
export function locationOf(host: string, target: string): string | undefined {
	const path = pathOf(target);
	return path === undefined ? undefined : `https://${host}${path.replace(UNSAFE, escaped)}`;
}

/** What may not stand in a URL, or is read as something else by some: a backslash is a slash to a browser. */
const UNSAFE = /[^\x21-\x7e]|["<>\\]/gu;

/** Node reads each byte of a target as one character. */
function escaped(character: string): string {
	const bytes = Buffer.from(character, character <= "\xff" ? "latin1" : "utf8");
	return bytes.toString("hex").toUpperCase().replace(/../g, "%$&");
}
