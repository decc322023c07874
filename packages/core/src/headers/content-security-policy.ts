import type { IncomingMessage, ServerResponse } from "node:http";
import type { HelmetOptions } from "helmet";

/** Stands in a directive for the nonce of the request: `scriptSrc: ["'self'", "'nonce'"]`. */
export const NONCE = "'nonce'";

type CspOptions = Exclude<HelmetOptions["contentSecurityPolicy"], boolean | undefined>;

/** What says nothing of directives, such as `{ reportOnly: true }`, is said of those that were there before. */
export function withDirectivesOf(given: unknown, before: unknown): unknown {
	if (!isObject(given) || !isObject(before)) return given;
	return "directives" in given || "useDefaults" in given ? given : { ...before, ...given };
}

/** With a place for reports, in the older directive too: browsers that know the newer one pass over it. */
export function withReports(
	options: HelmetOptions["contentSecurityPolicy"],
	url: string,
): CspOptions | false {
	if (options === false) return false;
	const given: CspOptions = isObject(options) ? options : {};
	const { directives = {} } = given;
	const isTaken = Object.keys(directives).some((name) => /^report-?(?:to|uri)$/i.test(name));
	if (isTaken) return given;
	return { ...given, directives: { ...directives, "report-uri": [url], "report-to": [REPORTS] } };
}

/** What `report-to` names, and `Reporting-Endpoints` says the place of. */
export const REPORTS = "csp";

/** Directives that `default-src` does not stand in for (CSP Level 3, 6.1 to 6.4). */
const BESIDE_DEFAULT: readonly string[] = ["base-uri", "form-action", "frame-ancestors"];

/** What the frameworks' own pages say, of what was not found or lies elsewhere (finalhandler and send, beneath Express). */
export const PAGE_OF_FRAMEWORK = "default-src 'none'";

/** The same, with what it leaves open as the app's own policy has it: it gets stricter, and nothing else. */
export function pagePolicy(value: string): string {
	const directives = value
		.split(";")
		.filter((directive) => BESIDE_DEFAULT.includes(directive.split(" ", 1)[0]!));
	return [PAGE_OF_FRAMEWORK, ...directives].join(";");
}

function isObject(value: unknown): value is object {
	return typeof value === "object" && value !== null;
}

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
