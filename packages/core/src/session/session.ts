import {
	type Check,
	type Checks,
	either,
	flag,
	listOf,
	objectWith,
	oneOf,
	text,
	wholeNumber,
} from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Settings } from "../exchange/room.ts";
import type { SessionStore } from "./store.ts";

/** A text that hides itself, such as `defineEnv` gives. */
export interface HiddenText {
	reveal(): string;
}

export interface SessionOptions {
	/** Signs the cookie. A list rotates: the first signs, the others are still accepted, and signed anew when they come. */
	secret?: string | HiddenText | readonly (string | HiddenText)[] | undefined;
	/** The cookie's name; over https it gets the prefix `__Host-`, which keeps other hosts of the site from setting it. */
	name?: string | undefined;
	/** A session that nobody has used for this long is over. NIST SP 800-63B, 4.2.3: 30 minutes; OWASP: 15 to 30. */
	idleTimeoutMs?: number | undefined;
	/** Every session ends at this age, used or not: a stolen cookie is worth no longer. NIST SP 800-63B, 4.2.3: 12 hours. */
	absoluteTimeoutMs?: number | undefined;
	/** Where and when browsers send the cookie. It is always HttpOnly; `secure: "auto"` is what the request is. */
	cookie?: SessionCookieOptions | undefined;
	/** The cookie outlives the browser's window: for `idleTimeoutMs`, counted anew with the session. */
	persistent?: boolean | undefined;
	/** What those get who bring a session while the store fails: 503, or an empty session that cannot be written to. */
	onOutage?: "unavailable" | "anonymous" | undefined;
	/** Each call to the store ends after this time; a store that has not answered then counts as down. */
	storeTimeoutMs?: number | undefined;
	/** The reason why sessions may stay in the memory of one process where several instances run. */
	allowMemoryStore?: string | undefined;
	/** A store with the interface of express-session's; without one, sessions are in memory. */
	store?: SessionStore | undefined;
}

export interface SessionCookieOptions {
	sameSite?: "lax" | "strict" | "none" | undefined;
	domain?: string | undefined;
	path?: string | undefined;
	/** `auto`: secure over https, plain over http. */
	secure?: boolean | "auto" | undefined;
}

export interface SessionCookieValues {
	sameSite: "lax" | "strict" | "none";
	domain: string | undefined;
	path: string;
	secure: boolean | "auto";
}

export interface SessionValues {
	secret: SessionOptions["secret"];
	name: string;
	idleTimeoutMs: number;
	absoluteTimeoutMs: number;
	cookie: SessionCookieOptions;
	persistent: boolean;
	onOutage: "unavailable" | "anonymous";
	storeTimeoutMs: number;
	allowMemoryStore: string | undefined;
	store: SessionStore | undefined;
}

/** What is not said of the cookie; a part of it that is said leaves the others. */
export const COOKIE: SessionCookieValues = { sameSite: "lax", domain: undefined, path: "/", secure: "auto" };

const DEFAULTS: SessionValues = {
	secret: undefined,
	name: "sid",
	idleTimeoutMs: 30 * 60_000,
	absoluteTimeoutMs: 12 * 60 * 60_000,
	cookie: COOKIE,
	persistent: false,
	onOutage: "unavailable",
	storeTimeoutMs: 500,
	allowMemoryStore: undefined,
	store: undefined,
};

/** RFC 6265, 4.1.1: a token of RFC 2616. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

const COOKIE_CHECKS: Checks<SessionCookieValues> = {
	sameSite: oneOf(["lax", "strict", "none"]),
	domain: text(/^[\w.-]+$/, "a domain", "example.com"),
	path: text(/^\/[^;\s]*$/, "a path from the root", "/"),
	secure: either(oneOf(["auto"]), flag(true)),
};

const cookieCheck: Check = {
	expected: "an object with any of sameSite, domain, path and secure",
	example: '{ sameSite: "strict" }',
	accepts: (value) =>
		typeof value === "object" &&
		value !== null &&
		Object.entries(value).every(
			([key, given]) =>
				Object.hasOwn(COOKIE_CHECKS, key) &&
				(given === undefined || COOKIE_CHECKS[key as keyof SessionCookieValues].accepts(given)),
		),
};

/** Longer than any timer of Node's can be: nothing here waits for it. */
const duration = (example: number): Check => wholeNumber({ min: 1_000, example, unit: "milliseconds" });
const secretText = either(text(/./s, "a text", "..."), objectWith(["reveal"], "env.SESSION_SECRET"));

const CHECKS: Checks<SessionValues> = {
	secret: {
		...either(secretText, listOf(secretText)),
		accepts: (value) =>
			Array.isArray(value) ? value.length > 0 && value.every(secretText.accepts) : secretText.accepts(value),
		example: "env.SESSION_SECRET",
		isSecret: true,
	},
	name: text(COOKIE_NAME, "a name that a cookie may have", "sid"),
	idleTimeoutMs: duration(1_800_000),
	absoluteTimeoutMs: duration(43_200_000),
	cookie: cookieCheck,
	persistent: flag(true),
	onOutage: oneOf(["unavailable", "anonymous"]),
	storeTimeoutMs: wholeNumber({ min: 1, max: 60_000, example: 500, unit: "milliseconds" }),
	allowMemoryStore: text(/\S/, "the reason, in words", "one instance, and a restart may log users out"),
	// A client with its password may hang on a store: it is never shown.
	store: { ...objectWith(["get", "set", "destroy"], "new RedisStore({ client })"), isSecret: true },
};

function coherence(values: Readonly<SessionValues>): readonly Fault[] {
	const { name, idleTimeoutMs, absoluteTimeoutMs } = values;
	const { sameSite, domain, path, secure } = { ...COOKIE, ...values.cookie };
	const faults: Fault[] = [];
	const fault = (at: string, problem: string, hint: string): number =>
		faults.push({ code: "OPTIONS_INCOHERENT", at: `session.${at}`, problem, hint });
	if (idleTimeoutMs > absoluteTimeoutMs) {
		fault(
			"idleTimeoutMs",
			`is ${idleTimeoutMs}, and sessions end after ${absoluteTimeoutMs} whatever happens`,
			`session: { idleTimeoutMs: ${absoluteTimeoutMs} }, or a longer absoluteTimeoutMs`,
		);
	}
	if (sameSite === "none" && secure === false) {
		fault(
			"cookie",
			'is sameSite: "none" without secure, and browsers throw such a cookie away',
			'session: { cookie: { sameSite: "none", secure: "auto" } }',
		);
	}
	if (/^__(?:Host|Secure)-/i.test(name) && secure === false) {
		fault(
			"name",
			"has a prefix that browsers take over https only, and the cookie is never secure",
			'name: "sid"',
		);
	}
	if (/^__Host-/i.test(name) && (domain !== undefined || path !== "/")) {
		fault(
			"name",
			'begins with __Host-, which browsers take without a domain and with the path "/" only',
			'name: "sid", or leave domain and path out',
		);
	}
	return faults;
}

export const SESSION: Settings<SessionValues> = {
	key: "session",
	purpose: "Stolen, forged, immortal and silently lost sessions",
	DEFAULTS,
	CHECKS,
	coherence,
	AWAKENED_BY: ["secret"],
};
