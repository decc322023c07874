import {
	isSaving,
	outageVerdict,
	outcomeOf,
	refusalOf,
	type Sessions,
	unsavable,
	type Visit,
	whenSaved,
} from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { replaceAnswer } from "./exchange.ts";
import { type Entered, enteredOf } from "./session-entered.ts";
import { type Cookies, plainCookie, type ShownReply, showReply, signedId } from "./session-library.ts";

type SendDone = (error: Error | null | undefined, payload?: unknown) => void;
type OnSend = (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: SendDone) => void;

/** What is left to do for an answer whose session the library has saved, or did not have to. */
interface Ending {
	readonly known: Entered;
	readonly shownReply: ShownReply;
	readonly thrown: unknown;
	readonly payload: unknown;
	readonly done: SendDone;
}

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
		const shownReply = showReply(reply, cookies, visit, shown);
		shown.session?.touch?.();
		library.onSend(instance, shown, shownReply, (thrown) => {
			const ending: Ending = { known, shownReply, thrown, payload, done };
			// What the program saves by itself may take longer, and may fail too.
			if (isSaving(visit)) concludeLater(visit, ending);
			else conclude(ending);
		});
	}

	function concludeLater(visit: Visit, ending: Ending): void {
		whenSaved(visit, () => conclude(ending));
	}

	function conclude(ending: Ending): void {
		const { known, thrown, payload, done } = ending;
		const { exchange, reply } = known;
		const outcome = outcomeOf(known.visit!, exchange.requestId);
		if (outcome !== undefined && "verdict" in outcome) {
			exchange.isAnswered = true;
			done(null, replaceAnswer(reply, payload, outcome.verdict));
			return;
		}
		const error = outcome === undefined ? thrown : outcome.error;
		if (error) done(refusalOf(known.shown!.session, error) as Error);
		else if (isRenewalDue(ending)) renew(ending);
		else end(ending);
	}

	function isRenewalDue({ known: { visit, shown, reply }, shownReply: { isSent } }: Ending): boolean {
		const { session } = shown!;
		if (!session?.sessionId) return false;
		const hasEnd = session.cookie.originalMaxAge !== null;
		return keeper.mustRenew(visit!, session.sessionId, { isSent, hasEnd, status: reply.statusCode });
	}

	function renew(ending: Ending): void {
		const { known, shownReply } = ending;
		const { library, visit } = known;
		const { session } = known.shown!;
		keeper.confirm(visit!, session.sessionId, () => {
			if (isRenewalDue(ending)) {
				const value = signedId(session.sessionId, cookies);
				shownReply.setCookie(library.name, value, plainCookie(session.cookie));
			}
			end(ending);
		});
	}

	function end({ known, shownReply: { failure }, payload, done }: Ending): void {
		if (failure === undefined) unset(known, done, payload);
		else done(failure as Error);
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
