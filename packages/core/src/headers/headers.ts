import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { HelmetOptions } from "helmet";
import type { Fault } from "../errors.ts";
import type { Exchange, HeaderPair } from "../exchange/exchange.ts";
import type { Facts, RequestRoom } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import {
	hasFunctions,
	type Middleware,
	NONCE,
	withNonce,
	withoutUpgrade,
} from "./content-security-policy.ts";
import { loadHelmet, recordHelmet } from "./record.ts";
import { CHECKS, DEFAULTS, type HeadersValues, SPELLINGS } from "./settings.ts";

export type { HeadersOptions, HeadersValues } from "./settings.ts";

/** All that a response gets, decided once. */
export interface HeadersPolicy {
	readonly plain: readonly HeaderPair[];
	readonly secure: readonly HeaderPair[];
	readonly remove: readonly string[];
	/** A Content-Security-Policy that is not the same for every request. */
	readonly nonceCsp: NonceCsp | undefined;
	readonly functionCsp: Middleware | undefined;
}

/** What helmet is given: without what was left to it. */
function helmetOptions({ permissionsPolicy: _, ...values }: Readonly<HeadersValues>): HelmetOptions {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** helmet judges its own options, by throwing. */
function coherence(values: Readonly<HeadersValues>): readonly Fault[] {
	try {
		policy(values, { mode: "production" });
		return [];
	} catch (error) {
		const problem = error instanceof Error ? error.message : String(error);
		return [
			{ code: "OPTION_INVALID", at: "headers", problem, hint: "see helmet's documentation of that header" },
		];
	}
}

function policy(values: Readonly<HeadersValues>, facts: Facts): HeadersPolicy {
	const { permissionsPolicy } = values;
	const options = helmetOptions(values);
	const csp = options.contentSecurityPolicy;
	const functionCsp = hasFunctions(csp) ? loadHelmet().contentSecurityPolicy(csp) : undefined;
	const recording = recordHelmet(
		functionCsp === undefined ? options : { ...options, contentSecurityPolicy: false },
	);
	const set = recording.set.slice();
	if (typeof permissionsPolicy === "string") set.push(["Permissions-Policy", permissionsPolicy]);
	const nonce = set.find(([, value]) => value.includes(NONCE));
	// Browsers pin HSTS to the host for a year: never from a developer's localhost.
	const allowsHsts = facts.mode !== "development";
	return deepFreeze({
		plain: set
			.filter(([name]) => name !== "Strict-Transport-Security")
			.map(
				([name, value]) => [name, withNonce(isCsp(name) ? withoutUpgrade(value) : value, undefined)] as const,
			),
		secure: set
			.filter(([name]) => allowsHsts || name !== "Strict-Transport-Security")
			.map(([name, value]) => [name, withNonce(value, undefined)] as const),
		remove: recording.remove,
		nonceCsp: nonce && { name: nonce[0], plain: withoutUpgrade(nonce[1]), secure: nonce[1] },
		functionCsp,
	});
}

interface NonceCsp {
	readonly name: string;
	readonly plain: string;
	readonly secure: string;
}

const CSP = "Content-Security-Policy";

function isCsp(name: string): boolean {
	return name.startsWith(CSP);
}

function enter(policy: HeadersPolicy, exchange: Exchange): undefined {
	const { response, isSecure } = exchange;
	// What a route replaces is what we have set for the app, never what the program set.
	for (const [name, value] of exchange.sentHeaders) {
		if (response.getHeader(name) === value) response.removeHeader(name);
	}
	const hasOwnCsp = response.hasHeader(CSP);
	const pairs = isSecure ? policy.secure : policy.plain;
	for (const [name, value] of pairs) if (!response.hasHeader(name)) response.setHeader(name, value);
	for (const name of policy.remove) response.removeHeader(name);
	exchange.sentHeaders = pairs;
	if (hasOwnCsp) return;
	const { nonceCsp, functionCsp } = policy;
	let nonce: string | undefined;
	exchange.openNonce =
		nonceCsp &&
		(() => {
			nonce ??= setNonce(response, nonceCsp, isSecure);
			return nonce;
		});
	functionCsp?.(exchange.request, response, ignore);
}

/** A nonce is made when a page asks for it; until then the policy allows none. */
function setNonce(response: ServerResponse, csp: NonceCsp, isSecure: boolean): string {
	const nonce = randomBytes(16).toString("base64");
	const value = isSecure ? csp.secure : csp.plain;
	// Where the program has put a policy of its own by now, that stays.
	const isOurs = response.getHeader(csp.name) === withNonce(value, undefined);
	if (isOurs && !response.headersSent) response.setHeader(csp.name, withNonce(value, nonce));
	return nonce;
}

// helmet hands over a directive function's bad value: the page goes without a policy rather than without an answer.
function ignore(): void {}

export const HEADERS: RequestRoom<HeadersValues, HeadersPolicy> = {
	key: "headers",
	purpose: "Browsers that guess, frame, embed or downgrade",
	DEFAULTS,
	CHECKS,
	coherence,
	EXCLUSIVE: SPELLINGS,
	policy,
	create: (policy) => ({ enter: (exchange) => enter(policy, exchange) }),
};
