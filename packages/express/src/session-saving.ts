import {
	type EarlyResponse,
	endEarly,
	errorVerdict,
	hasChanged,
	hasCookie,
	holdAnswer,
	leaveEarly,
	mustRenew,
	outcomeOf,
	refusalOf,
	type SessionPolicy,
	type Sessions,
	sessionText,
	unsavable,
} from "@production-ready/core/adapter";
import type { Request } from "express";
import type { Entered } from "./session-entered.ts";
import { cookieText, signedId } from "./session-library.ts";

/** Holds the answer to a request whose session was touched, until that is saved. */
export function holdUntilSaved(
	{ policy, keeper }: Sessions,
	request: Request,
	entered: Entered,
	early: EarlyResponse,
): void {
	const { exchange } = entered;
	const { response } = exchange;
	const visit = entered.visit!;
	if (response.writableEnded) return;
	// Touched behind the head: what changes from now on.
	let text = response.headersSent ? sessionText(request.session) : undefined;
	holdAnswer(response, {
		save(done) {
			const error = unsavable(request.session);
			if (error !== undefined) {
				done({ error });
				return;
			}
			try {
				keeper.enter(
					visit,
					(end) => endEarly(early, end),
					() => done(outcomeOf(visit, exchange.requestId)),
				);
			} catch (thrown) {
				done({ error: refusalOf(request.session, thrown) });
			}
		},
		head(args, isPiecewise) {
			if (isPiecewise) text = sessionText(request.session);
			// A session that somebody has ended gets no cookie any more.
			if (visit.goneId === request.sessionID && visit.goneId !== undefined) return args;
			const left = leaveEarly(early, args);
			renew(policy, request, entered, hasCookie(early));
			return left;
		},
		saveLate(done) {
			if (!hasChanged(request.session, request.sessionID, text, visit)) done();
			else request.session.save((error) => done(error ? { error } : undefined));
		},
		fail: (error) => entered.next(error),
		answer: (error) => errorVerdict(exchange, error, response.statusCode),
	});
}

/** The cookie once more, where the library sees no reason for it. */
function renew(
	policy: SessionPolicy,
	request: Request,
	{ visit, exchange, library }: Entered,
	isSent: boolean,
): void {
	const { session } = request;
	const { response } = exchange;
	const { name } = library;
	if (!session || isSent || (session.cookie.secure && !exchange.isSecure)) return;
	const isOnly = policy.secrets.length === 1;
	const state = {
		isSignedAnew: isOnly || hasBrought(request, name, signedId(session.id, policy.secrets[0]!)),
		isSent,
		hasEnd: session.cookie.originalMaxAge !== null,
		status: response.statusCode,
	};
	if (!mustRenew(visit!, session.id, state)) return;
	const text = cookieText(session.cookie, name, signedId(session.id, policy.secrets[0]!));
	if (text !== undefined) response.appendHeader("set-cookie", text);
}

function hasBrought({ headers }: Request, name: string, value: string): boolean {
	return headers.cookie?.includes([name, encodeURIComponent(value)].join("=")) === true;
}
