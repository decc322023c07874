import { createHmac, timingSafeEqual } from "node:crypto";

/** What stands in front of a signed id in the cookie of either library. */
const PREFIX = "s:";

export interface SignedId {
	readonly id: string;
	/** With its signature, where that is by the secret that signs now, and not by one that is on its way out. */
	readonly signed: string | undefined;
}

/**
 * The id that a cookie brings, if one of the secrets has signed it, in the manner of the package cookie-signature: the
 * signature as it is written, and not what its characters decode to, so that no other cookie is taken for the same.
 */
export function readSignedId(
	header: string | undefined,
	name: string,
	secrets: readonly string[],
): SignedId | undefined {
	const value = cookieOf(header, name);
	if (value === undefined || !value.startsWith(PREFIX)) return undefined;
	const dot = value.lastIndexOf(".");
	if (dot <= PREFIX.length) return undefined;
	const id = value.slice(PREFIX.length, dot);
	const given = Buffer.from(value.slice(dot + 1));
	const place = secrets.findIndex((secret) => isSame(given, signatureOf(id, secret)));
	if (place === -1) return undefined;
	return { id, signed: place === 0 ? value.slice(PREFIX.length) : undefined };
}

function signatureOf(id: string, secret: string): Buffer {
	// Of 32 bytes, base64 ends with one sign that only fills up.
	return Buffer.from(createHmac("sha256", secret).update(id).digest("base64").slice(0, -1));
}

function isSame(a: Buffer, b: Buffer): boolean {
	return a.length === b.length && timingSafeEqual(a, b);
}

/** The first cookie of this name, as both libraries take it. */
function cookieOf(header: string | undefined, name: string): string | undefined {
	if (!header?.includes(name)) return undefined;
	for (const pair of header.split(";")) {
		const equals = pair.indexOf("=");
		if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
		const value = pair.slice(equals + 1).trim();
		try {
			return decodeURIComponent(value.startsWith('"') ? value.slice(1, -1) : value);
		} catch {
			return undefined;
		}
	}
	return undefined;
}
