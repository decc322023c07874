import { COOKIE, type HiddenText, type SessionValues } from "./session.ts";
import type { Lifetimes } from "./stored.ts";

/** What both libraries are told: the cookie over https, and the one over http. */
export interface SessionPolicy extends Lifetimes {
	/** The first signs, all are accepted. */
	readonly secrets: readonly string[];
	readonly secure: CookiePolicy;
	readonly plain: CookiePolicy;
	readonly onOutage: "unavailable" | "anonymous";
	readonly storeTimeoutMs: number;
	readonly library: LibraryPolicy;
}

export interface CookiePolicy {
	readonly name: string;
	/** As express-session takes it; for a part that is mounted alone it may be a function. */
	readonly attributes: CookieAttributes | ((request: never) => CookieAttributes);
}

export interface CookieAttributes {
	readonly path?: string | undefined;
	readonly domain?: string | undefined;
	readonly httpOnly?: boolean | undefined;
	readonly secure?: boolean | "auto" | undefined;
	readonly sameSite?: "lax" | "strict" | "none" | "auto" | boolean | undefined;
	/** Milliseconds. */
	readonly maxAge?: number | null | undefined;
	readonly expires?: Date | null | undefined;
	readonly partitioned?: boolean | undefined;
	readonly priority?: "low" | "medium" | "high" | undefined;
}

/** A session is saved when it was written to, and the cookie is sent with the save. */
export interface LibraryPolicy {
	readonly resave: boolean;
	readonly saveUninitialized: boolean;
	readonly rolling: boolean;
	readonly unset?: "destroy" | "keep" | undefined;
	readonly proxy?: boolean | undefined;
	readonly genid?: ((request: never) => string) | undefined;
}

export const LIBRARY: LibraryPolicy = Object.freeze({
	resave: false,
	saveUninitialized: false,
	rolling: false,
});

export function sessionPolicy(values: Readonly<SessionValues>, secrets: readonly string[]): SessionPolicy {
	const { idleTimeoutMs, absoluteTimeoutMs, onOutage, storeTimeoutMs } = values;
	return Object.freeze({
		secrets: Object.freeze([...secrets]),
		secure: cookieOf(values, true),
		plain: cookieOf(values, false),
		idleTimeoutMs,
		absoluteTimeoutMs,
		onOutage,
		storeTimeoutMs,
		library: LIBRARY,
	});
}

const PREFIX = /^__(?:Host|Secure)-/i;

/**
 * A cookie for https has a name that browsers take over https only, where its path and domain allow that; the one for
 * http has another name. So what was set over http, by whomever, is never taken for a session over https.
 */
function cookieOf(values: Readonly<SessionValues>, isSecureRequest: boolean): CookiePolicy {
	const { name, persistent, idleTimeoutMs } = values;
	const { sameSite, domain, path, secure } = { ...COOKIE, ...values.cookie };
	const isSecure = secure === "auto" ? isSecureRequest : secure;
	const isHost = domain === undefined && path === "/";
	const bare = name.replace(PREFIX, "");
	const prefixed = PREFIX.test(name) || !isHost ? name : `__Host-${name}`;
	return Object.freeze({
		name: isSecure && isSecureRequest ? prefixed : bare,
		attributes: Object.freeze({
			path,
			domain,
			httpOnly: true,
			secure: isSecure,
			// Browsers throw SameSite=None away where it is not secure.
			sameSite: sameSite === "none" && !isSecure ? "lax" : sameSite,
			...(persistent ? { maxAge: idleTimeoutMs } : {}),
		}),
	});
}

/** The texts of what was given as secrets. */
export function secretTexts(secret: SessionValues["secret"]): readonly string[] {
	const list = (Array.isArray(secret) ? secret : secret === undefined ? [] : [secret]) as (
		| string
		| HiddenText
	)[];
	return list.map((item) => (typeof item === "string" ? item : item.reveal()));
}
