import type { Baseline, Exchange, Visit } from "@production-ready/core/adapter";
import type { NextFunction, Request } from "express";
import type { SessionLibrary } from "./session-library.ts";

/** One request whose session is ours. */
export interface Entered {
	readonly request: Request;
	readonly exchange: Exchange;
	readonly library: SessionLibrary;
	readonly next: NextFunction;
	/** Nothing where no cookie came, until somebody touches the session. */
	visit: Visit | undefined;
	/** The library has made a session, or makes one. */
	isMade: boolean;
	/** What its session was then. */
	baseline: Baseline | undefined;
	/** The program has taken it off the request, which was its end. */
	isEnded: boolean;
	/** What it has put on the request, or the program in its place. */
	session: unknown;
	sessionID: unknown;
	sessionStore: unknown;
}

/** One with a session. */
export type Made = Entered & { readonly visit: Visit; readonly baseline: Baseline };

const kEntered: unique symbol = Symbol("production-ready.session");
interface Marked {
	[kEntered]?: Entered;
}

export function openEntered(
	request: Request,
	exchange: Exchange,
	library: SessionLibrary,
	next: NextFunction,
): Entered {
	const entered: Entered = {
		request,
		exchange,
		library,
		next,
		visit: undefined,
		isMade: false,
		baseline: undefined,
		isEnded: false,
		session: undefined,
		sessionID: undefined,
		sessionStore: undefined,
	};
	(request as Marked)[kEntered] = entered;
	return entered;
}

export function enteredOf(request: Request): Entered | undefined {
	return (request as Marked)[kEntered];
}

/** Whether a request has a session, without touching one that is still to be made. */
export function hasSession(request: Request): boolean {
	const isUntouched = enteredOf(request)?.isMade === false;
	return isUntouched ? "session" in request : Boolean(request.session);
}

/** What express-session puts on a request. */
const NAMES = ["session", "sessionID", "sessionStore"] as const;

/**
 * Puts them there to be made when one of them is first read or written. On the request itself, where express-session has
 * them too: `in`, `delete` and packages that define their own find what they expect.
 */
export function deferring(make: (request: Request) => void): (request: Request) => void {
	const [session, sessionID, sessionStore] = NAMES.map((name) => deferred(name, make));
	return (request) => {
		Object.defineProperty(request, "session", session!);
		Object.defineProperty(request, "sessionID", sessionID!);
		Object.defineProperty(request, "sessionStore", sessionStore!);
	};
}

function deferred(name: (typeof NAMES)[number], make: (request: Request) => void): PropertyDescriptor {
	return {
		configurable: true,
		enumerable: true,
		get(this: Request) {
			make(this);
			return enteredOf(this)![name];
		},
		set(this: Request, value: unknown) {
			make(this);
			enteredOf(this)![name] = value;
		},
	};
}
