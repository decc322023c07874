import type { IncomingMessage } from "node:http";
import { isIPv4, isIPv6 } from "node:net";

/** A host as it is compared: lower case, without the dot at its end; IPv6 in brackets, in its shortest form. */
export interface Host {
	readonly name: string;
	readonly port: number | undefined;
}

/** What a request says of the host it is for. */
export type AskedHost = Host | "none" | "malformed";

/** What a client is told of the two that are none. */
export const NO_HOST = "the request names no host";
export const MALFORMED = "the host that the request asks for is malformed, or named in two ways";

/** RFC 1035, section 2.3.4, without the dot at the end. */
const MAX_CHARACTERS = 253;
const WRITTEN = /^(?:\[([\da-f:.]+)\]|([\w-]+(?:\.[\w-]+)*)\.?)(?::([1-9]\d{0,4}))?$/i;

/**
 * Reads `example.com`, `example.com:8443`, `127.0.0.1` or `[::1]:3000`. Nothing for all else that some parser might
 * take for a host: user info, paths, spaces, escapes, ports out of range, and numbers that are no address as they stand
 * (`0x7f.1` is 127.0.0.1 for a browser and a name for a program).
 */
export function parseHost(written: string): Host | undefined {
	const match = WRITTEN.exec(written);
	if (match === null) return undefined;
	const [, address, domain, digits] = match;
	const port = digits === undefined ? undefined : Number(digits);
	if (port !== undefined && port > 65_535) return undefined;
	if (domain === undefined) {
		return isIPv6(address!) ? { name: new URL(`http://[${address}]`).hostname, port } : undefined;
	}
	const name = domain.toLowerCase();
	if (name.length > MAX_CHARACTERS || (endsInNumber(name) && !isIPv4(name))) return undefined;
	return { name, port };
}

/** WHATWG URL, section 3.5: such a name is an IPv4 address to a browser, or nothing. */
function endsInNumber(name: string): boolean {
	const last = name.slice(name.lastIndexOf(".") + 1);
	return /^(?:\d+|0x[\da-f]*)$/.test(last);
}

/** The host that somebody has probably meant who typed a URL, or a host with a path behind it. */
export function likelyHost(written: unknown): string | undefined {
	if (typeof written !== "string" || /[*\s\\]/.test(written)) return undefined;
	const url = /^[a-z][a-z\d+.-]*:\/\//i.test(written) ? written : `http://${written}`;
	const host = URL.canParse(url) ? new URL(url).host : "";
	return parseHost(host) === undefined ? undefined : host;
}

/** Whether a name is an address. */
export function isAddress({ name }: Host): boolean {
	return name.startsWith("[") || isIPv4(name);
}

/** Whether a name is the machine's own, to itself. */
export function isLoopback({ name }: Host): boolean {
	return LOOPBACK.includes(name);
}

export const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * The host that a request asks for, if all that it says of it agrees: `Host`, `:authority` (HTTP/2), and the target
 * where it is a whole URL (RFC 9112, section 3.2). Frameworks and programs read now one, now the other.
 */
export function askedHost({ headers, rawHeaders }: IncomingMessage, target: string): AskedHost {
	// Of two, Node shows the first.
	if (countHosts(rawHeaders) > 1) return "malformed";
	let asked: Host | undefined;
	for (const written of [headers.host, headers[":authority"], authorityOf(target)]) {
		if (written === undefined || written === "") continue;
		const host = typeof written === "string" ? parseHost(written) : undefined;
		if (host === undefined || !agrees(host, asked)) return "malformed";
		asked = host;
	}
	return asked ?? "none";
}

function countHosts(rawHeaders: readonly string[]): number {
	let count = 0;
	for (let index = 0; index < rawHeaders.length; index += 2) {
		const name = rawHeaders[index]!;
		if (name.length === 4 && name.toLowerCase() === "host") count++;
	}
	return count;
}

const NOWHERE = "/";
const WHOLE_URL = /^https?:\/\/([^/?#]+)/i;

/** Of a target that is a whole URL, what stands before its path; of one that is nothing known, what no host is. */
function authorityOf(target: string): string | undefined {
	if (target.startsWith("/") || target === "*") return undefined;
	return WHOLE_URL.exec(target)?.[1] ?? NOWHERE;
}

/** A target without the host that it may name; nothing for `*`, which asks about the server. */
export function pathOf(target: string): string | undefined {
	if (target.startsWith("/")) return target;
	const authority = WHOLE_URL.exec(target);
	if (authority === null) return undefined;
	const path = target.slice(authority[0].length);
	return path.startsWith("/") ? path : `/${path}`;
}

function agrees(host: Host, other: Host | undefined): boolean {
	return other === undefined || (host.name === other.name && samePort(host.port, other.port));
}

/** A port that is left out is that of the scheme, which not every part of a request tells. */
function samePort(port: number | undefined, other: number | undefined): boolean {
	return port === other || (port === undefined ? isDefault(other) : other === undefined && isDefault(port));
}

function isDefault(port: number | undefined): boolean {
	return port === 80 || port === 443;
}
