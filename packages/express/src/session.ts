import {
	arrive,
	exchangeOf,
	holdAnswer,
	isAnswerable,
	mayRenew,
	openBaseline,
	openExchange,
	openFirstVisit,
	openSessionPart,
	openVisit,
	originalUrl,
	outageError,
	outageVerdict,
	passThrough,
	pathOf,
	prepareHold,
	type SessionPartOptions,
	type Sessions,
	servedExchange,
	type Visit,
	verifySignedId,
	writeVerdict,
} from "@production-ready/core/adapter";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Cookie } from "express-session";
import { expressFramework, PASSAGE } from "./exchange.ts";
import { deferring, type Entered, enteredOf, hasSession, type Made, openEntered } from "./session-entered.ts";
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
		library.load();
	} catch {}
}

/** express-session's sessions, kept by a policy of core: once for https and once for http, over one store. */
export function openSession(sessions: Sessions): RequestHandler {
	const { policy, keeper } = sessions;
	const secure = openLibrary(policy, policy.secure, keeper);
	const plain = policy.plain === policy.secure ? secure : openLibrary(policy, policy.plain, keeper);
	const hold = holdUntilSaved(sessions);
	const defer = deferring(make);
	for (const library of [secure, plain]) setImmediate(preload, library);

	return function session(request, response, next) {
		// Another one keeps it, or ours on the app.
		if (hasSession(request)) {
			next();
			return;
		}
		const exchange = exchangeOf(request)!;
		const library = exchange.isSecure ? secure : plain;
		if (!library.isMadeLate && !library.serves(request, pathOf(originalUrl(request)) ?? "/")) {
			next();
			return;
		}
		const visit = arrive(exchange, policy) ?? visitOfParsed(request, library.name, policy.secrets);
		const entered = openEntered(request, exchange, library, next);
		entered.visit = visit;
		if (visit !== undefined) {
			read(request, response, entered, visit);
		} else if (library.isMadeLate) {
			leave(request, response);
			next();
		} else {
			makeNow(request, entered);
		}
	};

	/** What the store says of a session is known before the routes run, also where none of them touches it. */
	function read(request: Request, response: Response, entered: Entered, visit: Visit): void {
		keeper.read(visit, (error) => {
			if (error !== undefined) {
				refuse(response, entered);
			} else if (mayRenew(visit) || !entered.library.isMadeLate) {
				makeNow(request, entered);
			} else {
				leave(request, response);
				entered.next();
			}
		});
	}

	/** To be made by whoever touches it. */
	function leave(request: Request, response: Response): void {
		if (isAnswerable(response)) prepareHold(response);
		defer(request);
	}

	function makeNow(request: Request, entered: Entered): void {
		try {
			make(request);
		} catch (error) {
			entered.next(error);
			return;
		}
		entered.next();
	}

	/** At the first touch, at the latest. */
	function make(request: Request): void {
		const entered = enteredOf(request)!;
		if (entered.isMade) return;
		entered.isMade = true;
		entered.visit ??= openFirstVisit();
		const { visit, library } = entered;
		const found = keeper.take(visit);
		library.make(request, visit.askedId, found);
		entered.baseline = openBaseline(request.session, visit.askedId, found !== undefined, policy.library);
		const { response } = entered.exchange;
		if (!response.writableEnded && isAnswerable(response)) holdAnswer(response, hold, entered as Made);
	}
}

function refuse(response: Response, { exchange, next }: Entered): void {
	if (!isAnswerable(response)) {
		next(outageError());
		return;
	}
	exchange.isAnswered = true;
	writeVerdict(response, outageVerdict(exchange.requestId));
}

/** express-session takes what cookie-parser has read, where the header says nothing. */
function visitOfParsed(
	{ cookies, signedCookies }: Request,
	name: string,
	secrets: readonly string[],
): Visit | undefined {
	const id = signedCookies?.[name] || verifySignedId(cookies?.[name], secrets)?.id;
	if (!id) return undefined;
	const visit = openVisit();
	visit.askedId = id;
	return visit;
}

/** Lets the client forget its cookie. */
export function clearCookie(request: Request, cookie: Cookie): void {
	const known = enteredOf(request);
	const { res: response } = request;
	if (known === undefined || response === undefined || response.headersSent) return;
	cookie.expires = new Date(0);
	response.appendHeader("set-cookie", cookieText(cookie, known.library.name, ""));
}
