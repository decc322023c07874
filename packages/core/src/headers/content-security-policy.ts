import type { IncomingMessage, ServerResponse } from "node:http";
import type { HelmetOptions } from "helmet";

/** Stands in a directive for the nonce of the request: `scriptSrc: ["'self'", "'nonce'"]`. */
export const NONCE = "'nonce'";

type CspOptions = Exclude<HelmetOptions["contentSecurityPolicy"], boolean | undefined>;

/** Directives given as functions are asked at every request; all others are recorded once. */
export function hasFunctions(options: HelmetOptions["contentSecurityPolicy"]): options is CspOptions {
	if (typeof options !== "object" || options.directives === undefined) return false;
	return Object.values(options.directives).some(
		(values) =>
			typeof values === "object" &&
			values !== null &&
			[...(values as Iterable<unknown>)].some((value) => typeof value === "function"),
	);
}

/** A recorded value with its nonces filled in, or left out while no page has asked for one. */
export function withNonce(value: string, nonce: string | undefined): string {
	return value.replaceAll(` ${NONCE}`, nonce === undefined ? "" : ` 'nonce-${nonce}'`);
}

/**
 * Without `upgrade-insecure-requests`: over plain http, such as on localhost or inside a cluster, it would send the
 * browser to an https that is not there.
 */
export function withoutUpgrade(value: string): string {
	return value
		.split(";")
		.filter((directive) => directive.trim() !== "upgrade-insecure-requests")
		.join(";");
}

export type Middleware = (
	request: IncomingMessage,
	response: ServerResponse,
	next: (error?: Error) => void,
) => void;
