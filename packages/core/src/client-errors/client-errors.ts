import type { ServerResponse } from "node:http";
import { type Checks, callback } from "../checks.ts";
import type { Exchange, Verdict } from "../exchange/exchange.ts";
import type { OnError } from "../exchange/on-error.ts";
import { writeVerdict } from "../exchange/pass.ts";
import type { Settings } from "../exchange/room.ts";
import { say } from "../log/say.ts";
import { isErrorStatus, OF_A_FAILED_ANSWER, problem, statusOf } from "../problem.ts";

export interface ErrorsOptions {
	/** Hears every error (500 and above) that no error handler of the program's has answered, for an error tracker. */
	onError?: OnError | undefined;
}

export interface ErrorsValues {
	onError: OnError | undefined;
}

const DEFAULTS: ErrorsValues = { onError: undefined };

const CHECKS: Checks<ErrorsValues> = {
	onError: callback("(error, context) => tracker.capture(error, context)"),
};

/**
 * An error that reached a framework: kept for the request's line, told to the error tracker, and turned into what the
 * client is told. `currentStatus` is what the program had set before it threw.
 */
export function errorVerdict(exchange: Exchange, error: unknown, currentStatus: number): Verdict {
	const status = statusOf(error) ?? (isErrorStatus(currentStatus) ? currentStatus : 500);
	const { request, requestId, path, onError } = exchange;
	exchange.error = error;
	if (onError !== undefined && status >= 500) {
		new Promise((resolve) => {
			resolve(onError(error, { requestId, method: request.method ?? "", path, status }));
		}).catch(
			(err) => exchange.context && say(exchange.context.log, "error", { err }, "errors.onError failed"),
		);
	}
	return { ...problem(error, status, requestId), forget: OF_A_FAILED_ANSWER };
}

/** Answers an error by Node's own response, where nobody stands behind us who could still do so. */
export function writeError(exchange: Exchange, response: ServerResponse, error: unknown): void {
	// Answered in place of the route, which fails because of that.
	if (exchange.isAnswered) return;
	const { statusCode, headersSent, writableEnded } = response;
	const verdict = errorVerdict(exchange, error, statusCode);
	// What comes behind a whole answer takes nothing from it, also where it still waits for its session to be saved.
	if (headersSent && writableEnded) {
		if (exchange.context) say(exchange.context.log, "error", { err: error }, "an error behind the answer");
		return;
	}
	if (headersSent) {
		// For its line. Half an answer must not look like a whole one.
		response.statusCode = verdict.status;
		response.destroy();
		return;
	}
	try {
		writeVerdict(response, verdict);
	} catch (err) {
		// Whoever has taken over writeHead() fails there for every answer, ours too.
		if (exchange.context) say(exchange.context.log, "error", { err }, "an error could not be answered");
		response.destroy();
	}
}

export const ERRORS: Settings<ErrorsValues> = {
	key: "errors",
	purpose: "Stack traces and messages of your own for everybody to read",
	DEFAULTS,
	CHECKS,
};
