import type { Exchange, Visit } from "@production-ready/core/adapter";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Cookies, SessionLibrary, Shown } from "./session-library.ts";

/** One request whose session is ours. */
export interface Entered {
	readonly exchange: Exchange;
	readonly library: SessionLibrary;
	readonly cookies: Cookies;
	readonly request: FastifyRequest;
	readonly reply: FastifyReply;
	/** Nothing where no cookie came, until somebody touches the session. */
	visit: Visit | undefined;
	/** What the library is shown, from when it runs. */
	shown: Shown | undefined;
	/** What it has put on the request, or the program in its place. */
	session: unknown;
	/** Why it could not make a session, as its options may have thrown. */
	failure: unknown;
	isSaved: boolean;
}

const kEntered: unique symbol = Symbol("production-ready.session");
interface Marked {
	[kEntered]?: Entered;
}

/** Whether somebody keeps sessions there, or we do. */
export function hasPlace(request: object): boolean {
	return "session" in request;
}

export function enteredOf(request: FastifyRequest): Entered | undefined {
	return (request as Marked)[kEntered];
}

export function keepEntered(request: FastifyRequest, entered: Entered): void {
	(request as Marked)[kEntered] = entered;
}

/** Puts a session on a request that is made when it is first read or written; `in` and `delete` find what they expect. */
export function deferring(make: (request: FastifyRequest) => Entered): (request: FastifyRequest) => void {
	const session: PropertyDescriptor & ThisType<FastifyRequest> = {
		configurable: true,
		enumerable: true,
		get() {
			return make(this).session;
		},
		set(value: unknown) {
			make(this).session = value;
		},
	};
	return (request) => void Object.defineProperty(request, "session", session);
}
