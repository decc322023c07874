import type { Exchange } from "../exchange/exchange.ts";
import { statusOf, wasSent } from "../exchange/over.ts";
import { describeError } from "../log/describe-error.ts";
import type { Logger } from "../log/logger.ts";
import { ownLinesOf } from "../log/own-lines.ts";
import { redactUrl } from "../log/redaction.ts";
import { say } from "../log/say.ts";
import { messageOf } from "../problem.ts";
import { ABORTED, COMPLETED, type CompletionLine, plainLine } from "./plain-line.ts";

type Fields = (request: unknown) => Record<string, unknown>;
type WriteCompletion = (exchange: Exchange, level: "info" | "warn" | "error") => void;

/**
 * Writes the line of a request, with the same fields on every framework. Those of level info, by a logger of ours, wait a
 * little for each other, and most are written without asking pino.
 */
export function completionWriter(log: Logger, fields: Fields | undefined): WriteCompletion {
	const own = ownLinesOf(log);
	return (exchange, level) => {
		const line = lineOf(exchange);
		const message = line.isAborted ? ABORTED : COMPLETED;
		try {
			if (own === undefined || level !== "info") {
				log[level](withFields(fields, exchange, line), message);
				return;
			}
			const plain = fields === undefined ? plainLine(line) : undefined;
			if (plain !== undefined && own.collect(plain)) return;
			own.collectByPino(withFields(fields, exchange, line), message);
		} catch (error) {
			// A logger of the program's that cannot take an error or a field must not cost the line, or the process.
			say(log, level, { ...line, err: describeError(line.err ?? error) }, message);
		}
	};
}

function lineOf(exchange: Exchange): CompletionLine {
	const { request, response, context } = exchange;
	const status = statusOf(response);
	const isAborted = !wasSent(response);
	const trace = request.headers.traceparent === undefined ? undefined : context?.trace;
	return {
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
}

/** The program's own fields come first, and ours over them; what asking for them throws must not cost the line. */
function withFields(fields: Fields | undefined, exchange: Exchange, line: CompletionLine): object {
	if (fields === undefined) return line;
	try {
		// pino writes these itself, and would write them twice.
		const { level, time, pid, hostname, msg, ...own } = fields(exchange.native) ?? {};
		return { ...own, ...line };
	} catch (error) {
		return { fieldsError: error, ...line };
	}
}

/** Bytes of the body as sent; unknown for a stream, which has no length to tell. */
function bodyBytes({ request, response }: Exchange): number | undefined {
	if (request.method === "HEAD" || response.statusCode === 204 || response.statusCode === 304) return 0;
	const length = response.getHeader("content-length");
	return length === undefined ? undefined : Number(length);
}
