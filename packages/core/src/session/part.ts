import type { TLSSocket } from "node:tls";
import { type Check, callback, oneOf, shown } from "../checks.ts";
import type { Fault } from "../errors.ts";
import { type Exchange, exchangeOf } from "../exchange/exchange.ts";
import { type CookieAttributes, LIBRARY, type LibraryPolicy, type SessionPolicy } from "./policy.ts";
import type { SessionOptions } from "./session.ts";

/** What express-session takes, and what of the room's options is about the store. */
export interface SessionPartOptions<Request = never>
	extends Pick<
		SessionOptions,
		| "secret"
		| "name"
		| "store"
		| "idleTimeoutMs"
		| "absoluteTimeoutMs"
		| "onOutage"
		| "storeTimeoutMs"
		| "allowMemoryStore"
	> {
	/** The cookie's name before there was `name`. */
	key?: string | undefined;
	cookie?: CookieAttributes | ((request: Request) => CookieAttributes) | undefined;
	resave?: boolean | undefined;
	saveUninitialized?: boolean | undefined;
	rolling?: boolean | undefined;
	unset?: LibraryPolicy["unset"];
	proxy?: boolean | undefined;
	genid?: ((request: Request) => string) | undefined;
}

/** The name that express-session gives its cookie. */
const NAME = "connect.sid";

/** Where nothing is said: express-session would not ask whether the request is secure. */
const ATTRIBUTES: CookieAttributes = { secure: "auto", sameSite: "lax" };

const CHECKS: Readonly<Record<string, Check>> = {
	unset: oneOf(["keep", "destroy"]),
	genid: callback("(request) => randomUUID()"),
};

/** Of what only express-session knows, what it would refuse: it is loaded later than the options are given. */
export function partFaults(options: SessionPartOptions): readonly Fault[] {
	return Object.entries(CHECKS).flatMap(([key, check]) => {
		const value = options[key as keyof SessionPartOptions];
		if (value === undefined || check.accepts(value)) return [];
		return [
			{
				code: "OPTION_INVALID" as const,
				at: `session.${key}`,
				problem: `is ${shown(value, check)}, and takes ${check.expected}`,
				hint: `session({ ${key}: ${check.example} })`,
			},
		];
	});
}

/** What the room's own settings judge of a part's options. */
export function judgedOptions(options: SessionPartOptions): SessionOptions {
	const { secret, store, idleTimeoutMs, absoluteTimeoutMs, onOutage, storeTimeoutMs, allowMemoryStore } =
		options;
	return { secret, store, idleTimeoutMs, absoluteTimeoutMs, onOutage, storeTimeoutMs, allowMemoryStore };
}

/** The policy of a part that is mounted alone, from the room's and from what express-session takes. */
export function partPolicy(policy: SessionPolicy, options: SessionPartOptions): SessionPolicy {
	const { name = options.key ?? NAME, cookie = {}, idleTimeoutMs, absoluteTimeoutMs } = options;
	const maxAge = typeof cookie === "function" ? undefined : cookie.maxAge;
	// Who says how long a cookie lives has said how long a session does, as ever there.
	const isAged = typeof maxAge === "number";
	const attributes: typeof cookie =
		typeof cookie === "function"
			? (request) => settled({ ...ATTRIBUTES, ...cookie(request) }, exchangeOf(request), options.proxy)
			: { ...ATTRIBUTES, ...cookie };
	const cookiePolicy = { name, attributes };
	return {
		...policy,
		secure: cookiePolicy,
		plain: cookiePolicy,
		idleTimeoutMs: idleTimeoutMs ?? (isAged ? maxAge : policy.idleTimeoutMs),
		absoluteTimeoutMs: absoluteTimeoutMs ?? (isAged ? Number.POSITIVE_INFINITY : policy.absoluteTimeoutMs),
		library: libraryOf(options),
	};
}

/** What `auto` stands for, by what we know of the request and express-session does not. */
export function settled(
	told: CookieAttributes,
	exchange: Exchange | undefined,
	proxy: boolean | undefined,
): CookieAttributes {
	// A request that the program has made itself: nobody has looked at it.
	if (exchange === undefined) return told;
	const isSecure = isSecureFor(exchange, proxy);
	const secure = told.secure === "auto" ? isSecure : told.secure;
	const sameSite = told.sameSite === "auto" ? (isSecure ? "none" : "lax") : told.sameSite;
	return { ...told, secure, sameSite };
}

function libraryOf(options: SessionPartOptions): LibraryPolicy {
	const { resave, saveUninitialized, rolling, unset, proxy, genid } = options;
	const given = Object.entries({ resave, saveUninitialized, rolling, unset, proxy, genid });
	return { ...LIBRARY, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

/**
 * express-session's `proxy`: `true` believes the header whoever sends it, `false` the connection only. Where nothing is said, what
 * the program itself has put on its request counts too.
 */
export function isSecureFor({ request, isSecure, native }: Exchange, proxy: boolean | undefined): boolean {
	if (proxy === undefined) return isSecure || (native as { secure?: unknown }).secure === true;
	if ((request.socket as TLSSocket).encrypted) return true;
	const [proto] = String(request.headers["x-forwarded-proto"] ?? "").split(",", 1);
	return proxy && proto!.trim().toLowerCase() === "https";
}
