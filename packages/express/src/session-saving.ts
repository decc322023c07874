import {
	errorVerdict,
	type Hold,
	hasChanged,
	isKnown,
	isSecureFor,
	mustSave,
	mustSendCookie,
	outcomeOf,
	refusalOf,
	type Saved,
	type Sessions,
	setGiven,
	unsavable,
	whenSaved,
} from "@production-ready/core/adapter";
import type { Made } from "./session-entered.ts";
import { cookieText, signedId } from "./session-library.ts";

/** How the answer to a request whose session was touched is held, until that is saved. */
export function holdUntilSaved({ policy, keeper }: Sessions): Hold<Made> {
	const { library: rules, secrets } = policy;

	/** What express-session does when the answer ends. */
	function commit(made: Made, done: Saved): void {
		const { request, exchange, visit, baseline } = made;
		const { session, sessionID, sessionStore } = request;
		// What the program saves by itself may take as long, and may fail too.
		const end = (): void => done(outcomeOf(visit, exchange.requestId));
		const settle = (): void => whenSaved(visit, end);
		if (!session) {
			if (isUnset(made)) endSession(made, settle);
			else settle();
			return;
		}
		session.touch();
		if (mustSave(baseline, session, sessionID, rules)) {
			// Of a session of the program's own nobody else hears.
			session.save((error) => {
				if (error) visit.failure ??= error;
				settle();
			});
			return;
		}
		if (sessionID === baseline.broughtId) sessionStore.touch?.(sessionID, session);
		if (isRenewalDue(made, exchange.response.statusCode)) keeper.confirm(visit, session.id, settle);
		else settle();
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
	function isCookieDue(made: Made, status: number): boolean {
		const { session, sessionID } = made.request;
		if (!session || (session.cookie.secure && !isSecureFor(made.exchange, rules.proxy))) return false;
		return mustSendCookie(made.baseline, session, sessionID, rules) || isRenewalDue(made, status);
	}

	function isRenewalDue({ request: { session }, visit }: Made, status: number): boolean {
		const hasEnd = session.cookie.originalMaxAge !== null;
		return keeper.mustRenew(visit, session.id, { isSent: false, hasEnd, status });
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
			if (!isCookieDue(made, Number(args[0]))) return args;
			const left = setGiven(exchange.response, args);
			addCookie(made);
			return left;
		},
		saveLate(made, done) {
			const { request, exchange, visit, baseline } = made;
			const { session, sessionID } = request;
			const settle = (): void => whenSaved(visit, () => done(outcomeOf(visit, exchange.requestId)));
			if (isUnset(made)) {
				endSession(made, settle);
			} else if (!session || !isKnown(visit, sessionID) || !hasChanged(baseline, session)) {
				settle();
			} else {
				session.save((error) => {
					if (error) visit.failure ??= error;
					settle();
				});
			}
		},
		fail: ({ next }, error) => next(error),
		answer: ({ exchange }, error) => errorVerdict(exchange, error, exchange.response.statusCode),
	};
}
