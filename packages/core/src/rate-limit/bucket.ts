import { createHash } from "node:crypto";
import type { Exchange } from "../exchange/exchange.ts";
import { clientKey } from "./client-key.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

/** The bucket of a client's address. */
export function addressBucket({ clientAddress }: Exchange): string {
	return `address:${clientKey(clientAddress)}`;
}

/**
 * The buckets that the program's function names. Where it names none the address counts: no key must not mean one bucket
 * for all. Its keys have names of their own, so that nobody can write another one's address.
 */
export function namedBuckets({ key }: RateLimitPolicy, { native }: Exchange): readonly string[] {
	const given = key?.(native);
	if (given === undefined) return NONE;
	return (Array.isArray(given) ? given : [given]).flatMap((text: unknown, place) =>
		// The first of a list and the second are different things, also where their texts are the same, or one is missing.
		typeof text === "string" && text !== "" ? [`key${place === 0 ? "" : place}:${plainKey(text)}`] : [],
	);
}

const NONE: readonly string[] = [];

/** What a client may write at will is neither long, nor does it choose a node of the cluster by its braces. */
function plainKey(text: string): string {
	return /^[\w.:/@+-]{1,64}$/.test(text)
		? text
		: `sha256:${createHash("sha256").update(text).digest("base64url")}`;
}
