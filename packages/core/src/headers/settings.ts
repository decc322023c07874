import type { HelmetOptions } from "helmet";
import { type Check, type Checks, either, flag, libraryOptions, text } from "../checks.ts";

/** What helmet takes, and what helmet does not know. */
export type HeadersOptions = HelmetOptions & {
	/** The value of the Permissions-Policy header; `false` leaves it out. */
	permissionsPolicy?: string | false | undefined;
	/**
	 * `Cache-Control` of answers on which the program says nothing of caching. What sets a cookie or has a nonce is
	 * `no-store` then whatever stands here; `false` leaves all others to what caches guess (RFC 9111, 4.2.2).
	 */
	cacheControl?: string | false | undefined;
	/**
	 * Where browsers report what the Content-Security-Policy has refused or, with `reportOnly`, would have: an https URL or
	 * a path. Anybody can send such reports, so whatever takes them needs a limit.
	 */
	reportTo?: string | false | undefined;
	/**
	 * Lets the browser forget the site's cache, cookies and storage: for the route that logs out, and for no other. Cookies
	 * of the whole registrable domain go, those of its other hosts too (W3C Clear Site Data, 3.1).
	 */
	clearSiteData?: boolean | undefined;
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

/** One header under helmet's newer name and its older one, of which helmet takes one. */
export const SPELLINGS: readonly (readonly HelmetKey[])[] = [
	["strictTransportSecurity", "hsts"],
	["xContentTypeOptions", "noSniff"],
	["xDnsPrefetchControl", "dnsPrefetchControl"],
	["xDownloadOptions", "ieNoOpen"],
	["xFrameOptions", "frameguard"],
	["xPermittedCrossDomainPolicies", "permittedCrossDomainPolicies"],
	["xPoweredBy", "hidePoweredBy"],
	["xXssProtection", "xssFilter"],
];

/** What helmet does not know. */
interface OwnValues {
	permissionsPolicy: string | false;
	cacheControl: string | false;
	reportTo: string | false;
	clearSiteData: boolean;
}

export type HeadersValues = Record<HelmetKey, unknown> & OwnValues;

function forEachHelmetKey<Value>(value: Value): Record<HelmetKey, Value> {
	return Object.fromEntries(HELMET_KEYS.map((key) => [key, value])) as Record<HelmetKey, Value>;
}

/** Powerful features of browsers that a page has to ask for by name (OWASP Secure Headers Project, 2026-07-19). */
const DENIED_FEATURES = [
	"accelerometer",
	"autoplay",
	"camera",
	"clipboard-read",
	"clipboard-write",
	"cross-origin-isolated",
	"display-capture",
	"encrypted-media",
	"fullscreen",
	"gamepad",
	"geolocation",
	"gyroscope",
	"hid",
	"idle-detection",
	"interest-cohort",
	"keyboard-map",
	"magnetometer",
	"microphone",
	"midi",
	"payment",
	"picture-in-picture",
	"publickey-credentials-get",
	"screen-wake-lock",
	"serial",
	"unload",
	"usb",
	"web-share",
	"xr-spatial-tracking",
];

/** Denied to others alone: pages of one's own may still use it, and older ones do. */
const OWN_FEATURES = ["sync-xhr"];

/** What is not said to be otherwise concerns one client at one time (OWASP REST Security Cheat Sheet). */
export const NO_STORE = "no-store, max-age=0";

export const DEFAULTS: HeadersValues = {
	// What is not named here is as helmet has it.
	...forEachHelmetKey(undefined),
	// An API sends no page: nothing may be loaded by what it answers, and nobody may frame it.
	contentSecurityPolicy: {
		useDefaults: false,
		directives: {
			"default-src": ["'none'"],
			"base-uri": ["'none'"],
			"form-action": ["'none'"],
			"frame-ancestors": ["'none'"],
		},
	},
	// What other sites' answers a page embeds has to agree to it: their answers cannot be read through a side channel.
	crossOriginEmbedderPolicy: { policy: "require-corp" },
	xFrameOptions: { action: "deny" },
	// Browsers have dropped the filter; where one is left, even `0` tells nothing that the policy above does not.
	xXssProtection: false,
	permissionsPolicy: [
		...DENIED_FEATURES.map((feature) => `${feature}=()`),
		...OWN_FEATURES.map((feature) => `${feature}=(self)`),
	].join(", "),
	cacheControl: NO_STORE,
	reportTo: false,
	clearSiteData: false,
};

// Names up to the first value, which may hold commas too: whatever follows it without a space is part of it.
const DIRECTIVES = /^[a-z-]+(?:,[a-z-]+)*(?:=\S+)?$/;
/** Judged part by part: one pattern for all of it would try each comma as a border and as part of a value. */
const cacheDirectives: Check = {
	expected: "directives such as private, max-age=60",
	example: '"no-cache"',
	accepts: (value) => typeof value === "string" && value.split(", ").every((part) => DIRECTIVES.test(part)),
};

const NO: Check = { expected: "false", example: "false", accepts: (value) => value === false };

export const CHECKS: Checks<HeadersValues> = {
	...forEachHelmetKey(libraryOptions("helmet", "false")),
	contentSecurityPolicy: libraryOptions("helmet", "{ directives: { scriptSrc: [\"'self'\"] } }"),
	permissionsPolicy: either(text(/^[a-z-]+=\S/, "a list such as camera=(), usb=()", "camera=()"), NO),
	cacheControl: either(cacheDirectives, NO),
	reportTo: either(
		text(/^(?:https:\/\/|\/)[^\s",;\\]+$/, "an https URL, or a path that begins with /", "/csp-reports"),
		NO,
	),
	clearSiteData: flag(true),
};
