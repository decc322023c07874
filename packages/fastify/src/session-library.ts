import { createRequire } from "node:module";
import type { UnsignResult } from "@fastify/cookie";
import {
	type CookiePolicy,
	isMadeLate,
	type Keeper,
	type SessionPolicy,
	type Visit,
} from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const require = createRequire(import.meta.url);

type Done = (error?: unknown) => void;
type Hook = (this: FastifyInstance, request: object, reply: object, ...rest: unknown[]) => void;

/** The hooks of @fastify/session, which it would have added to the app. */
export interface SessionLibrary {
	readonly name: string;
	/** A request whose session nobody touches can do without it. */
	readonly isMadeLate: boolean;
	onRequest(instance: FastifyInstance, request: object, reply: object, done: Done): void;
	onSend(instance: FastifyInstance, request: object, reply: object, done: Done): void;
}

/** What @fastify/cookie knows of cookies, without what it adds to an app. */
export interface Cookies {
	serialize(name: string, value: string, options: object): string;
	/** Signs with the first secret. */
	sign(id: string): string;
	/** What `sign` would say of an id, where that is known: the library asks for it at once, and more than once. */
	know(id: string, signed: string): void;
	/** Of what the library was shown, which is nothing but what `sign` has said or `know` was told. */
	unsign(signed: string): UnsignResult;
}

/** Asked once for its functions; their names on the app and on requests stay free for the program. */
export async function openCookies(secrets: readonly string[]): Promise<Cookies> {
	const plugin = require("@fastify/cookie") as typeof import("@fastify/cookie");
	const found: Record<string, unknown> = {};
	const taker = {
		decorate(name: string, value: unknown) {
			found[name] = value;
		},
		decorateRequest: () => {},
		decorateReply: () => {},
		addHook: () => {},
	};
	await (plugin as unknown as (instance: object, options: object) => Promise<void>)(taker, { hook: false });
	const signer = new plugin.Signer([...secrets]);
	let known: { readonly id: string; readonly signed: string } | undefined;
	function know(id: string, signed: string): void {
		known = { id, signed };
	}
	function sign(id: string): string {
		if (known?.id !== id) know(id, signer.sign(id));
		return known!.signed;
	}
	function unsign(signed: string): UnsignResult {
		if (known?.signed === signed) return { valid: true, renew: false, value: known.id };
		return signer.unsign(signed);
	}
	return { serialize: found.serializeCookie as Cookies["serialize"], sign, unsign, know };
}

/** What stands in front of a signed id, as express-session writes it: either library reads the other's cookie. */
const PREFIX = "s:";

/** @fastify/session is shown an instance of three methods, and the hooks it hangs there are called by us. */
export function openLibrary(
	policy: SessionPolicy,
	cookiePolicy: CookiePolicy,
	cookies: Cookies,
	keeper: Keeper,
): SessionLibrary {
	const { name, attributes } = cookiePolicy;
	const plugin = require("@fastify/session") as unknown as (
		instance: object,
		options: object,
		done: (error?: Error) => void,
	) => void;
	const hooks: Record<string, Hook> = {};
	const taker = {
		decorate: () => {},
		decorateRequest: () => {},
		addHook(event: string, hook: Hook) {
			hooks[event] = hook;
		},
	};
	const { rolling, saveUninitialized, genid } = policy.library;
	let failure: Error | undefined;
	const options = {
		secret: cookies,
		cookieName: name,
		cookiePrefix: PREFIX,
		cookie: { ...attributes },
		store: keeper,
		rolling,
		saveUninitialized,
		...(genid && { idGenerator: (shown: Shown) => genid(shown.request as never) }),
	};
	plugin(taker, options, (error) => {
		failure = error;
	});
	if (failure !== undefined) throw failure;
	return {
		name,
		isMadeLate: isMadeLate(policy.library, cookiePolicy),
		onRequest: (instance, request, reply, done) => hooks.onRequest!.call(instance, request, reply, done),
		onSend: (instance, request, reply, done) => hooks.onSend!.call(instance, request, reply, undefined, done),
	};
}

/** What the library is shown of a request: its own cookie, whether it is secure, and a place for the session. */
export interface Shown {
	readonly request: FastifyRequest;
	readonly raw: FastifyRequest["raw"];
	readonly cookies: Readonly<Record<string, string>>;
	readonly protocol: "http" | "https";
	session: FastifyRequest["session"];
}

/** What it is shown of a reply. */
export interface ShownReply {
	setCookie(name: string, value: string, options: object): void;
	clearCookie(): void;
	/** It has set a cookie. */
	isSent: boolean;
	/** Why that cookie could not be written. It sets it where a store calls back, and nobody would catch an error there. */
	failure: unknown;
}

export function showReply(reply: FastifyReply, cookies: Cookies, visit: Visit, shown: Shown): ShownReply {
	const shownReply: ShownReply = {
		isSent: false,
		failure: undefined,
		setCookie(name, value, options) {
			// Over http nobody may read a cookie that is meant for https.
			if ((options as { secure?: boolean }).secure && shown.protocol !== "https") return;
			// A session that somebody has ended gets no cookie any more.
			if (visit.goneId !== undefined && visit.goneId === shown.session?.sessionId) return;
			shownReply.isSent = true;
			try {
				reply.header("set-cookie", cookies.serialize(name, value, options));
			} catch (error) {
				shownReply.failure = error;
			}
		},
		clearCookie: keepCookie,
	};
	return shownReply;
}

/** A cookie that is not known today may be known when the store answers again. */
function keepCookie(): void {}

/** An id as the library would sign it now: by another signature it takes a cookie for somebody else's. */
export function signedId(id: string, cookies: Cookies): string {
	return `${PREFIX}${cookies.sign(id)}`;
}

export function plainCookie(cookie: FastifyRequest["session"]["cookie"]): object {
	return (cookie as unknown as { toJSON(): object }).toJSON();
}
