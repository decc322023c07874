import { createHmac, timingSafeEqual } from "node:crypto";

/** What stands in front of a signed id in the cookie of either library. */
const PREFIX = "s:";

/** The id that a cookie brings, if one of the secrets has signed it, in the manner of the package cookie-signature. */
export function signedIdOf(
	header: string | undefined,
	name: string,
	secrets: readonly string[],
): string | undefined {
	const signed = cookieOf(header, name);
	if (signed === undefined || !signed.startsWith(PREFIX)) return undefined;
	const dot = signed.lastIndexOf(".");
	if (dot <= PREFIX.length) return undefined;
	const id = signed.slice(PREFIX.length, dot);
	const given = Buffer.from(signed.slice(dot + 1));
	return secrets.some((secret) => isSame(given, signatureOf(id, secret))) ? id : undefined;
}

function signatureOf(id: string, secret: string): Buffer {
	return Buffer.from(createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, ""));
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
