import { createRequire } from "node:module";
import {
	type CookiePolicy,
	isMadeLate,
	type Keeper,
	type SessionPolicy,
} from "@production-ready/core/adapter";
import type { Request, RequestHandler } from "express";
import type { Cookie, SessionData, Store } from "express-session";

const require = createRequire(import.meta.url);

interface Signer {
	sign(value: string, secret: string): string;
}
/** express-session's own, loaded together with it. */
let sign: Signer["sign"];

/** express-session for cookies of one name. */
export interface SessionLibrary {
	readonly name: string;
	/** A request whose session nobody touches can do without it. */
	readonly isMadeLate: boolean;
	/** Loaded when it is first asked for, or when the process has nothing else to do: who starts does not wait for it. */
	middleware(): RequestHandler;
}

/** express-session, told a policy of core. `onSession` hears of each session object that it makes for a request. */
export function openLibrary(
	policy: SessionPolicy,
	cookiePolicy: CookiePolicy,
	keeper: Keeper,
	onSession: (request: Request) => void,
): SessionLibrary {
	let made: RequestHandler | undefined;
	function middleware(): RequestHandler {
		made ??= openMiddleware(policy, cookiePolicy, keeper, onSession);
		return made;
	}
	return { name: cookiePolicy.name, isMadeLate: isMadeLate(policy.library, cookiePolicy), middleware };
}

function openMiddleware(
	policy: SessionPolicy,
	{ name, attributes }: CookiePolicy,
	keeper: Keeper,
	onSession: (request: Request) => void,
): RequestHandler {
	const library = require("express-session") as typeof import("express-session");
	({ sign } = require("cookie-signature") as Signer);
	const store = openStore(new (library.Store as unknown as new () => Store)(), keeper, onSession);
	const cookie = typeof attributes === "function" ? attributes : { ...attributes };
	const settings = { ...policy.library, secret: [...policy.secrets], name, cookie, store };
	const middleware = library(settings as Parameters<typeof library>[0]);
	// The library hangs it there, and its types do not say so.
	const made = store as Store & { generate(request: Request): void };
	const { generate } = made;
	made.generate = (request) => {
		generate.call(store, request);
		onSession(request);
	};
	return middleware;
}

function openStore(store: Store, keeper: Keeper, onSession: (request: Request) => void): Store {
	const { createSession } = store;
	const { get, set, destroy, touch, more } = keeper;
	return Object.assign(
		store,
		more as Partial<Store>,
		{ get, set, destroy, touch } as unknown as Partial<Store>,
		{
			createSession(request: Request, data: SessionData) {
				const made = createSession.call(store, request, data);
				onSession(request);
				return made;
			},
		},
	);
}

/** A signed id as express-session writes it into the cookie. */
export function signedId(id: string, secret: string): string {
	return ["s", sign(id, secret)].join(":");
}

/** The cookie of express-session writes itself; of one that cannot, it has told the framework already. */
export function cookieText(cookie: Cookie, name: string, value: string): string | undefined {
	try {
		return (cookie as Cookie & { serialize(name: string, value: string): string }).serialize(name, value);
	} catch {
		return undefined;
	}
}
