import type { Check } from "../checks.ts";
import { type Host, isAddress, likelyHost, parseHost } from "../host.ts";

/** Whether a host is one of those that are served. */
export type Allows = (host: Host, isSecure: boolean) => boolean;

/**
 * An entry names one host, or with a dot in front a domain and all below it; without a port it is meant at every port.
 * A host that comes without a port has that of its scheme.
 */
export function compileAllowed(entries: readonly string[]): Allows {
	const ports = new Map<string, Set<number | undefined>>();
	for (const entry of entries) {
		const { host, dot } = parseEntry(entry)!;
		const key = `${dot}${host.name}`;
		ports.set(key, (ports.get(key) ?? new Set()).add(host.port));
	}
	return ({ name, port }, isSecure) => {
		const isAt = (key: string): boolean => {
			const at = ports.get(key);
			return at !== undefined && (at.has(undefined) || at.has(port ?? (isSecure ? 443 : 80)));
		};
		if (isAt(name) || isAt(`.${name}`)) return true;
		for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
			if (isAt(name.slice(dot))) return true;
		}
		return false;
	};
}

function parseEntry(entry: string): { readonly host: Host; readonly dot: "." | "" } | undefined {
	const dot = entry.startsWith(".") ? "." : "";
	const host = parseHost(entry.slice(dot.length));
	return host === undefined || (dot === "." && isAddress(host)) ? undefined : { host, dot };
}

function isEntry(value: unknown): value is string {
	return typeof value === "string" && parseEntry(value) !== undefined;
}

/** What was probably meant by an entry: the host of a URL, the domain of a pattern. */
function likelyEntry(value: unknown): string | undefined {
	const written = typeof value === "string" ? value.trim().replace(/^\*(?=\.)/, "") : value;
	return isEntry(written) ? written : likelyHost(written);
}

export const ALLOWED: Check = {
	expected:
		'a list of hosts: "example.com", ".example.com" for all below it too, "example.com:8443" for this port alone; ' +
		'no URLs, no paths, and not "*", which is `hosts: false`',
	example: '["example.com"]',
	accepts: (value) => Array.isArray(value) && value.length > 0 && Array.from(value).every(isEntry),
	meant(value) {
		const entries = [value].flat().flatMap((entry) => likelyEntry(entry) ?? []);
		return entries.length === 0 ? undefined : JSON.stringify(entries);
	},
};
