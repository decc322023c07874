import { createRequire } from "node:module";
import {
	type CookiePolicy,
	exchangeOf,
	isMadeLate,
	type Keeper,
	noteSave,
	type SessionPolicy,
	settled,
} from "@production-ready/core/adapter";
import type { Request } from "express";
import type { Cookie, Session, SessionData, Store } from "express-session";
import { enteredOf } from "./session-entered.ts";

const require = createRequire(import.meta.url);

interface Signer {
	sign(value: string, secret: string): string;
}
/** express-session's own, loaded together with it. */
let sign: Signer["sign"];

/** express-session for cookies of one name: its session, its cookie and its store, and not its middleware. */
export interface SessionLibrary {
	readonly name: string;
	/** A request whose session nobody touches can do without it. */
	readonly isMadeLate: boolean;
	/** Loads it, if nobody has: it is loaded when it is first used, or when the process has nothing else to do. */
	load(): void;
	/** Whether it has sessions for this path at all. */
	serves(request: Request, path: string): boolean;
	/** Puts a session on a request: of what was found for the id that the cookie brought, or else a new one. */
	make(request: Request, broughtId: string | undefined, found: object | undefined): void;
}

/** What its middleware hangs on a store, and its types do not say. */
type LibraryStore = Store & { generate(request: Request): void };

/** express-session, told a policy of core. */
export function openLibrary(
	{ library, secrets }: SessionPolicy,
	cookiePolicy: CookiePolicy,
	keeper: Keeper,
): SessionLibrary {
	const { name, attributes } = cookiePolicy;
	let store: LibraryStore | undefined;

	function load(): LibraryStore {
		if (store !== undefined) return store;
		const expressSession = require("express-session") as typeof import("express-session");
		({ sign } = require("cookie-signature") as Signer);
		const made = new (expressSession.Store as unknown as new () => Store)() as LibraryStore;
		takeOver(made, keeper);
		// Told `auto` it would ask for Express' own view of the request, and not for ours.
		const cookie =
			typeof attributes === "function"
				? attributes
				: (request: Request) => settled(attributes, exchangeOf(request), library.proxy);
		const settings = { ...library, secret: [...secrets], name, cookie, store: made };
		expressSession(settings as Parameters<typeof expressSession>[0]);
		const { generate } = made;
		made.generate = (request) => {
			generate.call(made, request);
			adopt(request, keeper);
		};
		store = made;
		return made;
	}

	return {
		name,
		isMadeLate: isMadeLate(library, cookiePolicy),
		load,
		serves(request, path) {
			const told = typeof attributes === "function" ? attributes(request as never) : attributes;
			return path.startsWith(told.path ?? "/");
		},
		make(request, broughtId, found) {
			const used = load();
			request.sessionStore = used as unknown as Request["sessionStore"];
			request.sessionID = broughtId as string;
			if (found === undefined) used.generate(request);
			else used.createSession(request, found as SessionData);
		},
	};
}

/** Every session that the store makes or saves is known to the request that it is for. */
function takeOver(store: Store, keeper: Keeper): void {
	const { createSession } = store;
	const { get, destroy, touch, more } = keeper;
	Object.assign(store, more as Partial<Store>, { get, destroy, touch } as unknown as Partial<Store>, {
		set(id: string, session: Session, callback?: (error?: unknown) => void) {
			note(id, session);
			keeper.set(id, session, callback);
		},
		createSession(request: Request, data: SessionData) {
			const made = createSession.call(store, request, data);
			adopt(request, keeper);
			return made;
		},
	});
}

function adopt(request: Request, keeper: Keeper): void {
	keeper.adopt(request.session, enteredOf(request)?.visit, request.sessionID);
}

/** Programs may give a store what is no session of a request's. */
function note(id: string, session: (Session & { readonly req?: Request }) | null): void {
	const baseline = session?.req && enteredOf(session.req)?.baseline;
	if (baseline && session.id === id) noteSave(baseline, session);
}

/** A signed id as express-session writes it into the cookie. */
export function signedId(id: string, secret: string): string {
	return ["s", sign(id, secret)].join(":");
}

/** The cookie of express-session writes itself, and throws where it cannot. */
export function cookieText(cookie: Cookie, name: string, value: string): string {
	return (cookie as Cookie & { serialize(name: string, value: string): string }).serialize(name, value);
}
