import {
	createEarlyResponse,
	type EarlyResponse,
	type Exchange,
	errorVerdict,
	exchangeOf,
	hasChanged,
	holdAnswer,
	isOutage,
	mustRenew,
	openExchange,
	openSessionPart,
	openVisit,
	outageVerdict,
	outcomeOf,
	passThrough,
	refusalOf,
	type SessionPartOptions,
	type Sessions,
	servedExchange,
	sessionText,
	unsavable,
	type Visit,
	writeVerdict,
} from "@production-ready/core/adapter";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Cookie } from "express-session";
import { expressFramework, PASSAGE } from "./exchange.ts";
import { cookieText, openLibrary, signedId } from "./session-library.ts";

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

/** One request whose session is ours. */
interface Entered {
	readonly visit: Visit;
	readonly exchange: Exchange;
	/** The name of its cookie. */
	readonly name: string;
}

const entered = new WeakMap<object, Entered>();

/** express-session, carrying out a policy of core: once for https and once for http, over one store. */
export function openSession({ policy, keeper }: Sessions): RequestHandler {
	const secure = openLibrary(policy, policy.secure, keeper, adopt);
	const plain = policy.plain === policy.secure ? secure : openLibrary(policy, policy.plain, keeper, adopt);

	function adopt(request: Request): void {
		keeper.adopt(request.session, entered.get(request)?.visit, request.sessionID);
	}

	return function session(request, response, next) {
		// Another one keeps it, or ours on the app.
		if (request.session) {
			next();
			return;
		}
		const exchange = exchangeOf(request)!;
		const { name, middleware } = exchange.isSecure ? secure : plain;
		const visit = openVisit();
		const early = createEarlyResponse(response);
		entered.set(request, { visit, exchange, name });
		let hasEntered = false;
		const go = (error?: unknown): void => {
			// What it says later of a save is known from the store; what it says of a cookie is not.
			if (hasEntered) {
				if (visit.failure === undefined) next(error);
				return;
			}
			hasEntered = true;
			if (isOutage(error)) {
				exchange.isAnswered = true;
				writeVerdict(response, outageVerdict(exchange.requestId));
				return;
			}
			if (request.session) holdUntilSaved(request, response, early, next);
			next(error);
		};
		keeper.enter(
			visit,
			(done) => void middleware(request, early.response as Response, done as NextFunction),
			go,
		);
	};

	function holdUntilSaved(
		request: Request,
		response: Response,
		early: EarlyResponse,
		next: NextFunction,
	): void {
		const { visit, exchange } = entered.get(request)!;
		let text: string | undefined;
		holdAnswer(response, {
			save(done) {
				const error = unsavable(request.session);
				if (error !== undefined) {
					done({ error });
					return;
				}
				try {
					keeper.enter(visit, early.end, () => done(outcomeOf(visit, exchange.requestId)));
				} catch (thrown) {
					done({ error: refusalOf(request.session, thrown) });
				}
			},
			head(args, isPiecewise) {
				if (isPiecewise) text = sessionText(request.session);
				// A session that somebody has ended gets no cookie any more.
				if (visit.isGone) return args;
				const left = early.head(args);
				renew(request, response, early.hasCookie());
				return left;
			},
			saveLate(done) {
				if (!hasChanged(request.session, text, visit)) done();
				else request.session.save((error) => done(error ? { error } : undefined));
			},
			fail: (error) => next(error),
			answer: (error) => errorVerdict(exchange, error, response.statusCode),
		});
	}

	/** The cookie once more, where the library sees no reason for it. */
	function renew(request: Request, response: Response, isSent: boolean): void {
		const { session } = request;
		const { visit, exchange, name } = entered.get(request)!;
		if (!session || isSent || (session.cookie.secure && !exchange.isSecure)) return;
		const isOnly = policy.secrets.length === 1;
		const state = {
			isSignedAnew: isOnly || hasCookie(request, name, signedId(session.id, policy.secrets[0]!)),
			isSent,
			hasEnd: session.cookie.originalMaxAge !== null,
			status: response.statusCode,
		};
		if (!mustRenew(visit, session.id, state)) return;
		const text = cookieText(session.cookie, name, signedId(session.id, policy.secrets[0]!));
		if (text !== undefined) response.appendHeader("set-cookie", text);
	}
}

function hasCookie({ headers }: Request, name: string, value: string): boolean {
	return headers.cookie?.includes([name, encodeURIComponent(value)].join("=")) === true;
}

/** Lets the client forget its cookie. */
export function clearCookie(request: Request, cookie: Cookie): void {
	const known = entered.get(request);
	const { res: response } = request;
	if (known === undefined || response === undefined || response.headersSent) return;
	cookie.expires = new Date(0);
	const text = cookieText(cookie, known.name, "");
	if (text !== undefined) response.appendHeader("set-cookie", text);
}
