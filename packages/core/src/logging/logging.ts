import type { ServerResponse } from "node:http";
import { type Checks, callback, either, milliseconds, objectWith, oneOf, wholeNumber } from "../checks.ts";
import type { Exchange, OpenRoom } from "../exchange/exchange.ts";
import type { RequestRoom, Surroundings } from "../exchange/room.ts";
import { describeError } from "../log/describe-error.ts";
import type { Logger } from "../log/logger.ts";
import { redactUrl } from "../log/redaction.ts";
import { say } from "../log/say.ts";
import { messageOf } from "../problem.ts";

export interface LoggingOptions<Request = unknown> {
	/** Your own pino. What it redacts is then yours to say. */
	logger?: Logger | undefined;
	/** The least important level that is written. */
	level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent" | undefined;
	/** More fields for the line of a request, asked when it has ended. */
	fields?: ((request: Request) => Record<string, unknown>) | undefined;
	/**
	 * How many lines requests that were refused (400 to 499) may write within `refusalWindowMs`; the first one of each status
	 * always has its line, and what is left is told of in one, with exact counts by status. `false`: each has its line, and
	 * who sends refused requests decides how much is written, to what disk and at what price.
	 */
	maxRefusalsPerWindow?: number | false | undefined;
	/** The length of that window, which opens with a refusal. */
	refusalWindowMs?: number | undefined;
}

export interface LoggingValues {
	logger: Logger | undefined;
	level: string;
	fields: ((request: never) => Record<string, unknown>) | undefined;
	maxRefusalsPerWindow: number | false;
	refusalWindowMs: number;
}

const DEFAULTS: LoggingValues = {
	logger: undefined,
	level: "info",
	fields: undefined,
	maxRefusalsPerWindow: 50,
	refusalWindowMs: 10_000,
};

const CHECKS: Checks<LoggingValues> = {
	logger: objectWith(["info", "error", "child"], "pino()"),
	level: oneOf(["info", "trace", "debug", "warn", "error", "fatal", "silent"]),
	fields: callback("(request) => ({ tenant: request.headers.host })"),
	maxRefusalsPerWindow: either(wholeNumber({ min: 0, example: 50 }), {
		expected: "false",
		example: "false",
		accepts: (value) => value === false,
	}),
	refusalWindowMs: milliseconds({ min: 1_000, example: 10_000 }),
};

export interface LoggingPolicy {
	readonly fields: ((request: unknown) => Record<string, unknown>) | undefined;
}

function policy(values: Readonly<LoggingValues>): LoggingPolicy {
	return Object.freeze({ fields: values.fields as LoggingPolicy["fields"] });
}

function create({ fields }: LoggingPolicy, { log, admitsRefusal }: Surroundings): OpenRoom {
	return { leave: (exchange) => writeCompletion(exchange, log, fields, admitsRefusal) };
}

/** An injected request has no socket to finish on, or one that leads nowhere. */
function isInjected({ socket }: ServerResponse): boolean {
	return socket === null || !("remoteAddress" in socket);
}

/**
 * One line a request, when it is over, with the same fields on every framework; none for probes, and none for refusals
 * that come in a flood.
 */
function writeCompletion(
	exchange: Exchange,
	log: Logger,
	fields: LoggingPolicy["fields"],
	admitsRefusal: Surroundings["admitsRefusal"],
): void {
	if (exchange.isProbe) return;
	const { request, response, context } = exchange;
	const isAborted = !response.writableFinished && !(response.writableEnded && isInjected(response));
	const status = response.statusCode;
	const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
	if (log.isLevelEnabled?.(level) === false) return;
	// What a room answers with less than 400, such as a redirect, may come as often: the limit stands behind it.
	if ((level === "warn" || exchange.isAnswered) && !admitsRefusal(status, exchange.clientAddress)) return;
	const trace = request.headers.traceparent === undefined ? undefined : context?.trace;
	const line = {
		requestId: exchange.requestId || undefined,
		traceId: trace?.traceId,
		spanId: trace?.spanId,
		upstreamId: context?.upstreamId,
		method: request.method,
		path: redactUrl(exchange.path),
		route: exchange.framework.route(exchange.native),
		status,
		durationMs: Math.round((performance.now() - exchange.startedAtMs) * 1000) / 1000,
		ip: exchange.clientAddress || undefined,
		bytes: bodyBytes(exchange),
		isAborted: isAborted || undefined,
		// Of what was the client's fault, one sentence: a stack would tell nothing.
		reason:
			exchange.reason ??
			(status < 500 && exchange.error !== undefined ? messageOf(exchange.error) : undefined),
		err: status >= 500 ? exchange.error : undefined,
	};
	const message = isAborted ? "request aborted" : "request completed";
	try {
		log[level](fields === undefined ? line : { ...extraFields(fields, exchange), ...line }, message);
	} catch (error) {
		// A logger of the program's that cannot take an error or a field must not cost the line, or the process.
		say(log, level, { ...line, err: describeError(line.err ?? error) }, message);
	}
}

/** The program's own fields; what they throw must not cost the line. */
function extraFields(
	fields: NonNullable<LoggingPolicy["fields"]>,
	exchange: Exchange,
): Record<string, unknown> {
	try {
		return fields(exchange.native);
	} catch (error) {
		return { fieldsError: error };
	}
}

/** Bytes of the body as sent; unknown for a stream, which has no length to tell. */
function bodyBytes({ request, response }: Exchange): number | undefined {
	if (request.method === "HEAD" || response.statusCode === 204 || response.statusCode === 304) return 0;
	const length = response.getHeader("content-length");
	return length === undefined ? undefined : Number(length);
}

export const LOGGING: RequestRoom<LoggingValues, LoggingPolicy> = {
	key: "logging",
	purpose: "Secrets in logs, and lines that do not tell which request they belong to",
	DEFAULTS,
	CHECKS,
	policy,
	create,
};
