import type { Verdict } from "../exchange/exchange.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import { messageOf, OF_A_FAILED_ANSWER, problem } from "../problem.ts";
import { TIMED_OUT } from "./deadline.ts";

/** When a client may ask again: a store that restarts, or fails over, takes a few seconds. */
const RETRY_AFTER_SECONDS = 5;

const outages = new WeakSet<object>();

/** What everybody gets who waits for a session that the store does not give. It says nothing of the store's own error. */
export function outageError(): Error {
	const error = Object.assign(new Error("the session store is not available"), {
		code: "SESSION_OUTAGE",
		statusCode: 503,
		expose: false,
		headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
	});
	outages.add(error);
	return error;
}

export function isOutage(error: unknown): boolean {
	return typeof error === "object" && error !== null && outages.has(error);
}

/** Headers that speak of an answer whose session was not saved: it did not happen. */
const OF_THE_LOST_ANSWER = [...OF_A_FAILED_ANSWER, "location", "refresh", "set-cookie"];

/** The one answer to an outage, on every framework. */
export function outageVerdict(requestId: string): Verdict {
	const error = outageError();
	return { ...problem(error, 503, requestId), reason: error.message, forget: OF_THE_LOST_ANSWER };
}

export interface OutageWatch {
	/** A call has failed; the first one after a good one is a line. */
	begin(error: unknown, id: string): void;
	/** A call went well. */
	end(): void;
}

/** Of a store that tells of its outages itself. */
export const UNHEARD: OutageWatch = { begin: () => {}, end: () => {} };

/** One line when the store stops to answer and one when it does again, however many requests there are between. */
export function watchOutages(log: () => Logger, timeoutMs: number): OutageWatch {
	let sinceMs: number | undefined;
	return {
		begin(error, id) {
			if (sinceMs !== undefined) return;
			sinceMs = Date.now();
			const reason =
				error === TIMED_OUT ? `no answer within ${timeoutMs} ms` : (messageOf(error) ?? "no reason given");
			// Drivers like to quote the command, and with it the id, which is as good as the cookie.
			const fields = { code: "SESSION_OUTAGE", reason: reason.replaceAll(id, "(id)") };
			say(log(), "error", fields, "the session store fails");
		},
		end() {
			if (sinceMs === undefined) return;
			const outageMs = Date.now() - sinceMs;
			sinceMs = undefined;
			say(log(), "info", { code: "SESSION_OUTAGE", outageMs }, "the session store answers again");
		},
	};
}
