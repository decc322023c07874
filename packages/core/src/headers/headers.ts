import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { HelmetOptions } from "helmet";
import { type Checks, either, libraryOptions, text } from "../checks.ts";
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

/** What helmet takes, and `permissionsPolicy`, which helmet does not know. */
export type HeadersOptions = HelmetOptions & {
	/** The value of the Permissions-Policy header; `false` leaves it out. */
	permissionsPolicy?: string | false;
};

type HelmetKey = Extract<keyof HelmetOptions, string>;

/** The names of helmet's options, its older spellings included. */
const HELMET_KEYS: readonly HelmetKey[] = [
	"contentSecurityPolicy",
	"crossOriginEmbedderPolicy",
	"crossOriginOpenerPolicy",
	"crossOriginResourcePolicy",
	"originAgentCluster",
	"referrerPolicy",
	"strictTransportSecurity",
	"hsts",
	"xContentTypeOptions",
	"noSniff",
	"xDnsPrefetchControl",
	"dnsPrefetchControl",
	"xDownloadOptions",
	"ieNoOpen",
	"xFrameOptions",
	"frameguard",
	"xPermittedCrossDomainPolicies",
	"permittedCrossDomainPolicies",
	"xPoweredBy",
	"hidePoweredBy",
	"xXssProtection",
	"xssFilter",
];

export type HeadersValues = Record<HelmetKey, unknown> & {
	permissionsPolicy: string | false | undefined;
};

function forEachHelmetKey<Value>(value: Value): Record<HelmetKey, Value> {
	return Object.fromEntries(HELMET_KEYS.map((key) => [key, value])) as Record<HelmetKey, Value>;
}

/** Powerful features of browsers that a page has to ask for by name (OWASP Secure Headers Project). */
const DENIED_FEATURES = [
	"accelerometer",
	"autoplay",
	"camera",
	"display-capture",
	"encrypted-media",
	"fullscreen",
	"geolocation",
	"gyroscope",
	"magnetometer",
	"microphone",
	"midi",
	"payment",
	"picture-in-picture",
	"publickey-credentials-get",
	"screen-wake-lock",
	"usb",
	"web-share",
	"xr-spatial-tracking",
];

const DEFAULTS: HeadersValues = {
	// What is not named here is as helmet has it.
	...forEachHelmetKey(undefined),
	// An API sends no page: nothing may be loaded by what it answers, and nobody may frame it.
	contentSecurityPolicy: {
		useDefaults: false,
		directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"] },
	},
	xFrameOptions: { action: "deny" },
	permissionsPolicy: DENIED_FEATURES.map((feature) => `${feature}=()`).join(", "),
};

const CHECKS: Checks<HeadersValues> = {
	...forEachHelmetKey(libraryOptions("helmet", "false")),
	permissionsPolicy: either(text(/^[a-z-]+=\S/, "a list such as camera=(), usb=()", "camera=()"), {
		expected: "false",
		example: "false",
		accepts: (value) => value === false,
	}),
};

/** All that a response gets, decided once. */
export interface HeadersPolicy {
	readonly plain: readonly HeaderPair[];
	readonly secure: readonly HeaderPair[];
	readonly remove: readonly string[];
	/** A Content-Security-Policy that is not the same for every request. */
	readonly nonceCsp: { readonly name: string; readonly plain: string; readonly secure: string } | undefined;
	readonly functionCsp: Middleware | undefined;
}

/** What helmet is given: without what was left to it, and without directives that only a request can answer. */
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

function isCsp(name: string): boolean {
	return name.startsWith("Content-Security-Policy");
}

function enter(policy: HeadersPolicy, exchange: Exchange): undefined {
	const { response, isSecure } = exchange;
	// What a route replaces is what we have set for the app, never what the program set.
	for (const [name, value] of exchange.sentHeaders) {
		if (response.getHeader(name) === value) response.removeHeader(name);
	}
	const pairs = isSecure ? policy.secure : policy.plain;
	for (const [name, value] of pairs) if (!response.hasHeader(name)) response.setHeader(name, value);
	for (const name of policy.remove) response.removeHeader(name);
	exchange.sentHeaders = pairs;
	exchange.openNonce = policy.nonceCsp && (() => setNonce(response, policy.nonceCsp!, isSecure));
	policy.functionCsp?.(exchange.request, response, ignore);
}

/** A nonce is made when a page asks for it; until then the policy allows none. */
function setNonce(
	response: ServerResponse,
	csp: NonNullable<HeadersPolicy["nonceCsp"]>,
	isSecure: boolean,
): string {
	const nonce = randomBytes(16).toString("base64");
	if (!response.headersSent)
		response.setHeader(csp.name, withNonce(isSecure ? csp.secure : csp.plain, nonce));
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
	policy,
	create: (policy) => ({ enter: (exchange) => enter(policy, exchange) }),
};
