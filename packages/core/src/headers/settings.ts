import type { HelmetOptions } from "helmet";
import { type Checks, either, libraryOptions, text } from "../checks.ts";

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

export const DEFAULTS: HeadersValues = {
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

export const CHECKS: Checks<HeadersValues> = {
	...forEachHelmetKey(libraryOptions("helmet", "false")),
	permissionsPolicy: either(text(/^[a-z-]+=\S/, "a list such as camera=(), usb=()", "camera=()"), {
		expected: "false",
		example: "false",
		accepts: (value) => value === false,
	}),
};
