import { drainSignal } from "../exchange/drain.ts";
import type { Exchange, RequestContext, TraceContext } from "../exchange/exchange.ts";
import type { Surroundings } from "../exchange/room.ts";
import type { Logger } from "../log/logger.ts";
import { findUpstreamId } from "./request-id.ts";
import { continueTrace } from "./trace.ts";

const kParts: unique symbol = Symbol("parts") as never;

/** A request's context; what it holds is made when it is first touched, for most requests touch nothing. */
export function openContext(exchange: Exchange, surroundings: Surroundings): RequestContext {
	const context = Object.create(LAZY_PARTS) as Opened;
	context[kParts] = { exchange, surroundings, log: undefined, trace: undefined, signal: undefined };
	return context;
}

interface Opened extends RequestContext {
	[kParts]: {
		readonly exchange: Exchange;
		readonly surroundings: Surroundings;
		log: Logger | undefined;
		trace: TraceContext | undefined;
		signal: AbortSignal | undefined;
	};
}

const LAZY_PARTS: RequestContext & ThisType<Opened> = {
	get requestId() {
		return this[kParts].exchange.requestId;
	},
	get upstreamId() {
		return findUpstreamId(this[kParts].exchange.request.headers);
	},
	get trace() {
		const parts = this[kParts];
		parts.trace ??= continueTrace(headerOf(parts.exchange, "traceparent"));
		return parts.trace;
	},
	get log() {
		const parts = this[kParts];
		parts.log ??= parts.surroundings.log.child({ requestId: parts.exchange.requestId });
		return parts.log;
	},
	get signal() {
		const parts = this[kParts];
		parts.signal ??= abortOnDisconnect(parts.exchange);
		return parts.signal;
	},
	get draining() {
		return drainSignal(this[kParts].exchange.request);
	},
};

function headerOf(exchange: Exchange, name: string): string | undefined {
	const value = exchange.request.headers[name];
	return typeof value === "string" ? value : undefined;
}

function abortOnDisconnect({ response }: Exchange): AbortSignal {
	const controller = new AbortController();
	const abort = () => controller.abort(new Error("the client went away before it was answered"));
	if (response.destroyed && !response.writableFinished) abort();
	else response.once("close", () => response.writableFinished || abort());
	return controller.signal;
}
