import {
	outageVerdict,
	outcomeOf,
	refusalOf,
	type Sessions,
	unsavable,
	whenSaved,
} from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { replaceAnswer } from "./exchange.ts";
import { type Entered, enteredOf } from "./session-entered.ts";
import { type Cookies, plainCookie, type ShownReply, showReply, signedId } from "./session-library.ts";

type SendDone = (error: Error | null | undefined, payload?: unknown) => void;
type OnSend = (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: SendDone) => void;

/** Saves the session of a request that has touched it, before the answer leaves. */
export function saving(instance: FastifyInstance, { policy, keeper }: Sessions, cookies: Cookies): OnSend {
	function onSend(request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: SendDone): void {
		const known = enteredOf(request);
		if (known === undefined || known.isSaved) {
			done(null, payload);
			return;
		}
		// Touched from now on it is too late to be saved, and there is nothing to save yet.
		known.isSaved = true;
		if (known.shown === undefined) {
			done(null, payload);
			return;
		}
		const misfit = unsavable(request.session);
		if (misfit === undefined) save(known, payload, done);
		else done(misfit);
	}

	function save(known: Entered, payload: unknown, done: SendDone): void {
		const { library, reply } = known;
		const visit = known.visit!;
		const shown = known.shown!;
		let isSent = false;
		const shownReply = showReply(reply, cookies, shown.protocol === "https", () => {
			// A session that somebody has ended gets no cookie any more.
			isSent = visit.goneId === undefined || visit.goneId !== shown.session?.sessionId;
			return isSent;
		});
		shown.session?.touch?.();
		library.onSend(instance, shown, shownReply, (thrown) => {
			// What the program saves by itself may take longer, and may fail too.
			whenSaved(visit, () => conclude(known, shownReply, isSent, thrown, payload, done));
		});
	}

	function conclude(
		known: Entered,
		shownReply: ShownReply,
		isSent: boolean,
		thrown: unknown,
		payload: unknown,
		done: SendDone,
	): void {
		const { exchange, reply } = known;
		const visit = known.visit!;
		const outcome = outcomeOf(visit, exchange.requestId);
		if (outcome !== undefined && "verdict" in outcome) {
			exchange.isAnswered = true;
			done(null, replaceAnswer(reply, payload, outcome.verdict));
			return;
		}
		const error = outcome === undefined ? thrown : outcome.error;
		if (error) {
			done(refusalOf(known.shown!.session, error) as Error);
			return;
		}
		const end = (): void => {
			if (shownReply.failure() === undefined) unset(known, done, payload);
			else done(shownReply.failure() as Error);
		};
		if (!isRenewalDue(known, isSent)) {
			end();
			return;
		}
		keeper.confirm(visit, known.shown!.session.sessionId, () => {
			if (isRenewalDue(known, isSent)) renew(known, shownReply);
			end();
		});
	}

	function isRenewalDue({ visit, shown, reply }: Entered, isSent: boolean): boolean {
		const { session } = shown!;
		if (!session?.sessionId) return false;
		const hasEnd = session.cookie.originalMaxAge !== null;
		return keeper.mustRenew(visit!, session.sessionId, { isSent, hasEnd, status: reply.statusCode });
	}

	function renew({ library, shown }: Entered, shownReply: ShownReply): void {
		const { session } = shown!;
		shownReply.setCookie(library.name, signedId(session.sessionId, cookies), plainCookie(session.cookie));
	}

	/** `unset: "destroy"`: who takes the session off the request ends it. */
	function unset(known: Entered, done: SendDone, payload: unknown): void {
		const { exchange, reply } = known;
		const visit = known.visit!;
		const isUnset = policy.library.unset === "destroy" && visit.isLoaded && !known.shown!.session;
		if (!isUnset) {
			done(null, payload);
			return;
		}
		keeper.destroy(visit.askedId!, (error) => {
			if (error === undefined) done(null, payload);
			else done(null, replaceAnswer(reply, payload, outageVerdict(exchange.requestId)));
		});
	}

	return onSend;
}
