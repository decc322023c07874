import {
	type Exchange,
	errorVerdict,
	type Hold,
	hasChanged,
	isKnown,
	isSecureFor,
	mustRenew,
	mustSave,
	mustSendCookie,
	outcomeOf,
	refusalOf,
	type Saved,
	type Sessions,
	setGiven,
	unsavable,
} from "@production-ready/core/adapter";
import type { Request } from "express";
import type { Made } from "./session-entered.ts";
import { cookieText, signedId } from "./session-library.ts";

/** How the answer to a request whose session was touched is held, until that is saved. */
export function holdUntilSaved({ policy, keeper }: Sessions): Hold<Made> {
	const { library: rules, secrets } = policy;

	/** What express-session does when the answer ends. */
	function commit(made: Made, done: Saved): void {
		const { request, exchange, visit, baseline } = made;
		const { session, sessionID, sessionStore } = request;
		// What the program has saved by itself may have failed too.
		const end = (): void => done(outcomeOf(visit, exchange.requestId));
		if (!session) {
			if (isUnset(made)) endSession(made, end);
			else end();
			return;
		}
		session.touch();
		if (mustSave(baseline, session, sessionID, rules)) {
			// Of a session of the program's own nobody else hears.
			session.save((error) => {
				if (error) visit.failure ??= error;
				end();
			});
			return;
		}
		if (sessionID === baseline.broughtId) sessionStore.touch?.(sessionID, session);
		end();
	}

	/** The program has taken it off the request, and wants that to be its end. */
	function isUnset({ request, isEnded }: Made): boolean {
		const { session, sessionID } = request;
		return rules.unset === "destroy" && (session ?? null) === null && Boolean(sessionID) && !isEnded;
	}

	function endSession(made: Made, end: () => void): void {
		made.isEnded = true;
		keeper.destroy(made.request.sessionID, (error) => {
			if (error !== undefined) made.visit.failure = error;
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
		head(made, args) {
			const { request, exchange, visit } = made;
			// A session that somebody has ended gets no cookie any more.
			if (visit.goneId === request.sessionID && visit.goneId !== undefined) return args;
			if (!isCookieDue(made)) return args;
			const left = setGiven(exchange.response, args);
			addCookie(made);
			return left;
		},
		saveLate(made, done) {
			const { request, exchange, visit, baseline } = made;
			const { session, sessionID } = request;
			if (isUnset(made)) endSession(made, () => done(outcomeOf(visit, exchange.requestId)));
			else if (!session || !isKnown(visit, sessionID) || !hasChanged(baseline, session)) done();
			else session.save((error) => done(error ? { error } : undefined));
		},
		fail: ({ next }, error) => next(error),
		answer: ({ exchange }, error) => errorVerdict(exchange, error, exchange.response.statusCode),
	};
}
