import { drainSignal } from "../exchange/drain.ts";
import type { Exchange, RequestContext, TraceContext } from "../exchange/exchange.ts";
import { isOver, wasSent, whenOver } from "../exchange/over.ts";
import type { Surroundings } from "../exchange/room.ts";
import type { Logger } from "../log/logger.ts";
import { findUpstreamId } from "./request-id.ts";
import { continueTrace } from "./trace.ts";

const kExchange: unique symbol = Symbol("exchange") as never;
const kLog: unique symbol = Symbol("log") as never;
const kTrace: unique symbol = Symbol("trace") as never;
const kSignal: unique symbol = Symbol("signal") as never;

interface Opened extends RequestContext {
	readonly [kExchange]: Exchange;
	[kLog]: Logger | undefined;
	[kTrace]: TraceContext | undefined;
	[kSignal]: AbortSignal | undefined;
}

/** Opens contexts for one app; what a context holds is made when it is first touched, for most requests touch nothing. */
export function contextOpener(surroundings: Surroundings): (exchange: Exchange) => RequestContext {
	const lazyParts: RequestContext & ThisType<Opened> = {
		get requestId() {
			return this[kExchange].requestId;
		},
		get upstreamId() {
			return findUpstreamId(this[kExchange].request.headers);
		},
		get trace() {
			this[kTrace] ??= continueTrace(headerOf(this[kExchange], "traceparent"));
			return this[kTrace];
		},
		get log() {
			this[kLog] ??= surroundings.log.child({ requestId: this[kExchange].requestId });
			return this[kLog];
		},
		get signal() {
			this[kSignal] ??= abortOnDisconnect(this[kExchange]);
			return this[kSignal];
		},
		get draining() {
			return drainSignal(this[kExchange].request);
		},
	};
	// One literal, of one hidden class.
	return (exchange) =>
		({
			__proto__: lazyParts,
			[kExchange]: exchange,
			[kLog]: undefined,
			[kTrace]: undefined,
			[kSignal]: undefined,
		}) as unknown as Opened;
}

function headerOf(exchange: Exchange, name: string): string | undefined {
	const value = exchange.request.headers[name];
	return typeof value === "string" ? value : undefined;
}

function abortOnDisconnect({ response }: Exchange): AbortSignal {
	const controller = new AbortController();
	const abort = () => controller.abort(new Error("the client went away before it was answered"));
	const abortUnlessSent = (): void => void (wasSent(response) || abort());
	if (isOver(response)) abortUnlessSent();
	else whenOver(response, abortUnlessSent);
	return controller.signal;
}
