import { createHash } from "node:crypto";
import type { Exchange } from "../exchange/exchange.ts";
import { clientKey } from "./client-key.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

/** What a request counts in. */
export interface Bucket {
	readonly key: string;
	readonly isAddress: boolean;
}

/**
 * The buckets of a request. A key that the program's function does not give is the address: no key must not mean one
 * bucket for all. The program's keys have names of their own, so that nobody can write another one's address.
 */
export function bucketsOf(policy: RateLimitPolicy, { native, clientAddress }: Exchange): readonly Bucket[] {
	const given = policy.key?.(native);
	const buckets = (Array.isArray(given) ? given : [given]).flatMap((key: unknown, place) =>
		// The first of a list and the second are different things, also where their texts are the same, or one is missing.
		typeof key === "string" && key !== ""
			? [{ key: `key${place === 0 ? "" : place}:${plainKey(key)}`, isAddress: false }]
			: [],
	);
	return buckets.length > 0 ? buckets : [{ key: `address:${clientKey(clientAddress)}`, isAddress: true }];
}

/** What a client may write at will is neither long, nor does it choose a node of the cluster by its braces. */
function plainKey(text: string): string {
	return /^[\w.:/@+-]{1,64}$/.test(text)
		? text
		: `sha256:${createHash("sha256").update(text).digest("base64url")}`;
}
