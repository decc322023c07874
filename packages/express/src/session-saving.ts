import {
	type Exchange,
	errorVerdict,
	type Hold,
	hasChanged,
	isSecureFor,
	mustRenew,
	mustSave,
	mustSendCookie,
	outcomeOf,
	refusalOf,
	type Saved,
	type Sessions,
	sessionText,
	setGiven,
	unsavable,
	type Visit,
} from "@production-ready/core/adapter";
import type { Request } from "express";
import type { Made } from "./session-entered.ts";
import { cookieText, signedId } from "./session-library.ts";

/** How the answer to a request whose session was touched is held, until that is saved. */
export function holdUntilSaved({ policy, keeper }: Sessions): Hold<Made> {
	const { library: rules, secrets } = policy;

	/** What express-session does when the answer ends. */
	function commit({ request, exchange, visit, baseline }: Made, done: Saved): void {
		const { session, sessionID, sessionStore } = request;
		// What the program has saved by itself may have failed too.
		const end = (): void => done(outcomeOf(visit, exchange.requestId));
		if (!session) {
			if (rules.unset === "destroy" && sessionID) endSession(sessionID, visit, end);
			else end();
			return;
		}
		session.touch();
		if (mustSave(baseline, session, sessionID, rules)) {
			session.save(end);
			return;
		}
		if (sessionID === baseline.broughtId) sessionStore.touch?.(sessionID, session);
		end();
	}

	/** The program has taken it off the request. */
	function endSession(id: string, visit: Visit, end: () => void): void {
		keeper.destroy(id, (error) => {
			if (error !== undefined) visit.failure = error;
			end();
		});
	}

	/** By express-session's rules, and where it sees no reason for a cookie and we do. */
	function isCookieDue({ request, exchange, visit, baseline }: Made): boolean {
		const { session, sessionID } = request;
		if (!session || (session.cookie.secure && !isSecure(request, exchange))) return false;
		if (mustSendCookie(baseline, session, sessionID, rules)) return true;
		const hasEnd = session.cookie.originalMaxAge !== null;
		const status = exchange.response.statusCode;
		return mustRenew(visit, session.id, { isSignedAnew: visit.isSignedAnew, isSent: false, hasEnd, status });
	}

	/** Where nothing is said, what the program itself has put there counts too. */
	function isSecure(request: Request, exchange: Exchange): boolean {
		return (rules.proxy === undefined && request.secure === true) || isSecureFor(exchange, rules.proxy);
	}

	function addCookie({ request, exchange, library, next }: Made): void {
		const { session, sessionID } = request;
		const value = signedId(sessionID, secrets[0]!);
		try {
			exchange.response.appendHeader("set-cookie", cookieText(session.cookie, library.name, value));
		} catch (error) {
			// The answer goes out without it, and the framework hears of it, as with express-session.
			setImmediate(() => next(error));
		}
	}

	return {
		save(made, done) {
			const { session } = made.request;
			const error = unsavable(session);
			if (error !== undefined) {
				done({ error });
				return;
			}
			try {
				commit(made, done);
			} catch (thrown) {
				done({ error: refusalOf(session, thrown) });
			}
		},
		head(made, args, isPiecewise) {
			const { request, exchange, visit } = made;
			if (isPiecewise) made.textAtHead = sessionText(request.session);
			// A session that somebody has ended gets no cookie any more.
			if (visit.goneId === request.sessionID && visit.goneId !== undefined) return args;
			if (!isCookieDue(made)) return args;
			const left = setGiven(exchange.response, args);
			addCookie(made);
			return left;
		},
		saveLate({ request, visit, textAtHead }, done) {
			const { session, sessionID } = request;
			if (!hasChanged(session, sessionID, textAtHead, visit)) done();
			else session.save((error) => done(error ? { error } : undefined));
		},
		fail: ({ next }, error) => next(error),
		answer: ({ exchange }, error) => errorVerdict(exchange, error, exchange.response.statusCode),
	};
}
