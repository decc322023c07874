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
	return verifySignedId(cookieOf(header, name), secrets);
}

/** The same of a cookie's value. */
export function verifySignedId(value: unknown, secrets: readonly string[]): SignedId | undefined {
	if (typeof value !== "string") return undefined;
	const known = knownTo(secrets);
	const seen = known.get(value);
	if (seen !== undefined) return seen;
	const signedId = verify(value, secrets);
	if (signedId !== undefined) remember(known, value, signedId);
	return signedId;
}

function verify(value: string, secrets: readonly string[]): SignedId | undefined {
	if (!value.startsWith(PREFIX)) return undefined;
	const dot = value.lastIndexOf(".");
	if (dot <= PREFIX.length) return undefined;
	const id = value.slice(PREFIX.length, dot);
	const given = Buffer.from(value.slice(dot + 1));
	const place = secrets.findIndex((secret) => isSame(given, signatureOf(id, secret)));
	if (place === -1) return undefined;
	return { id, signed: place === 0 ? value.slice(PREFIX.length) : undefined };
}

type Known = Map<string, SignedId>;

/**
 * What the secrets have signed, as far as it came lately. A visitor sends the same cookie with every request, and a signature
 * costs more than the rest of reading it; one that is wrong is never kept. Looking a text up by its hash tells
 * nobody how much of it is right.
 */
const knownBySecrets = new WeakMap<readonly string[], Known>();

/** As many as are remembered, the oldest going first: some megabytes. */
const MAX_KNOWN = 10_000;

function knownTo(secrets: readonly string[]): Known {
	let known = knownBySecrets.get(secrets);
	if (known === undefined) {
		known = new Map();
		knownBySecrets.set(secrets, known);
	}
	return known;
}

function remember(known: Known, value: string, signedId: SignedId): void {
	known.set(value, signedId);
	if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
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
