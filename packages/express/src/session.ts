import {
	arrive,
	createEarlyResponse,
	exchangeOf,
	isOutage,
	mayRenew,
	openExchange,
	openFirstVisit,
	openSessionPart,
	openVisit,
	outageVerdict,
	passThrough,
	type SessionPartOptions,
	type Sessions,
	servedExchange,
	type Visit,
	writeVerdict,
} from "@production-ready/core/adapter";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Cookie } from "express-session";
import { expressFramework, PASSAGE } from "./exchange.ts";
import { deferring, type Entered, enteredOf, hasSession, openEntered } from "./session-entered.ts";
import { cookieText, openLibrary, type SessionLibrary } from "./session-library.ts";
import { holdUntilSaved } from "./session-saving.ts";

/** Sessions alone. Takes what express-session takes. */
export function session(options?: SessionPartOptions<Request>): RequestHandler {
	const part = openSessionPart(options as SessionPartOptions);
	const enterSession = openSession(part);
	// Whoever comes later and does more takes the request over.
	const framework = { ...expressFramework(part.proxy.trust), isWatching: true as const };
	const middleware: RequestHandler = (request, response, next) => {
		if (servedExchange(request) !== undefined) {
			enterSession(request, response, next);
			return;
		}
		const exchange = openExchange(request, response, framework, request);
		const go = (error?: unknown): void =>
			error === undefined ? void enterSession(request, response, next) : next(error);
		passThrough(part.pipeline, exchange, PASSAGE, go as NextFunction);
	};
	// By the name that express-session's bears too it is found on an app; a bundler gives names of its own.
	return Object.defineProperty(middleware, "name", { value: "session" });
}

/** What cannot be loaded fails the requests that need it, and not the process. */
function preload(library: SessionLibrary): void {
	try {
		library.middleware();
	} catch {}
}

/** express-session, carrying out a policy of core: once for https and once for http, over one store. */
export function openSession(sessions: Sessions): RequestHandler {
	const { policy, keeper } = sessions;
	const secure = openLibrary(policy, policy.secure, keeper, adopt);
	const plain = policy.plain === policy.secure ? secure : openLibrary(policy, policy.plain, keeper, adopt);
	const defer = deferring(make);
	for (const library of [secure, plain]) setImmediate(preload, library);

	function adopt(request: Request): void {
		const entered = enteredOf(request);
		keeper.adopt(request.session, entered?.visit, request.sessionID);
	}

	return function session(request, response, next) {
		// Another one keeps it, or ours on the app.
		if (hasSession(request)) {
			next();
			return;
		}
		const exchange = exchangeOf(request)!;
		const library = exchange.isSecure ? secure : plain;
		const visit = arrive(exchange, policy);
		const entered = openEntered(request, exchange, library, next);
		if (!library.isMadeLate || (visit === undefined && isParsed(request, library.name))) {
			entered.visit = visit ?? openVisit();
			makeNow(request, entered);
		} else if (visit === undefined) {
			defer(request);
			next();
		} else {
			entered.visit = visit;
			read(request, response, entered, visit);
		}
	};

	/** What the store says of a session is known before the routes run, also where none of them touches it. */
	function read(request: Request, response: Response, entered: Entered, visit: Visit): void {
		keeper.read(visit, (error) => {
			if (error !== undefined) {
				refuse(response, entered);
			} else if (mayRenew(visit)) {
				makeNow(request, entered);
			} else {
				defer(request);
				entered.next();
			}
		});
	}

	function makeNow(request: Request, entered: Entered): void {
		entered.isMade = true;
		run(request, entered, (error) => {
			if (isOutage(error)) refuse(entered.exchange.response as Response, entered);
			else entered.next(error);
		});
	}

	/** At the first touch. Nothing is waited for any more, so the library is through when this is. */
	function make(request: Request): void {
		const entered = enteredOf(request)!;
		if (entered.isMade) return;
		entered.isMade = true;
		entered.visit ??= openFirstVisit();
		run(request, entered, (error) => {
			entered.failure = error;
		});
		if (entered.failure !== undefined) throw entered.failure;
	}

	function run(request: Request, entered: Entered, done: (error?: unknown) => void): void {
		const { exchange, library } = entered;
		const visit = entered.visit!;
		const early = createEarlyResponse(exchange.response);
		let hasEntered = false;
		const go = (error?: unknown): void => {
			// What it says later of a save is known from the store; what it says of a cookie is not.
			if (hasEntered) {
				if (visit.failure === undefined) entered.next(error);
				return;
			}
			hasEntered = true;
			if (!isOutage(error) && request.session) holdUntilSaved(sessions, request, entered, early);
			done(error);
		};
		keeper.enter(
			visit,
			(end) => void library.middleware()(request, early as unknown as Response, end as NextFunction),
			go,
		);
	}
}

function refuse(response: Response, { exchange }: Entered): void {
	exchange.isAnswered = true;
	writeVerdict(response, outageVerdict(exchange.requestId));
}

/** express-session takes what cookie-parser has read, where the header says nothing. */
function isParsed({ cookies, signedCookies }: Request, name: string): boolean {
	return cookies?.[name] !== undefined || signedCookies?.[name] !== undefined;
}

/** Lets the client forget its cookie. */
export function clearCookie(request: Request, cookie: Cookie): void {
	const known = enteredOf(request);
	const { res: response } = request;
	if (known === undefined || response === undefined || response.headersSent) return;
	cookie.expires = new Date(0);
	const text = cookieText(cookie, known.library.name, "");
	if (text !== undefined) response.appendHeader("set-cookie", text);
}
