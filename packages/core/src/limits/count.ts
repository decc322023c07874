import type { IncomingMessage } from "node:http";
import { runInExchange } from "../exchange/current.ts";
import { type Exchange, exchangeOf, type RequestLimits, type Verdict } from "../exchange/exchange.ts";
import { muteResponse } from "../exchange/mute.ts";
import { writeVerdict } from "../exchange/pass.ts";
import { dropBody } from "../exchange/unread.ts";
import { bodyTooLarge } from "./refusals.ts";

/** Whether a body may come that does not say how long it is: in chunks, or in the frames of HTTP/2. */
export function comesUncounted({ headers, httpVersionMajor }: IncomingMessage): boolean {
	return (
		headers["content-length"] === undefined &&
		(headers["transfer-encoding"] !== undefined || httpVersionMajor >= 2)
	);
}

/**
 * Counts a body as it comes, whoever reads it. Node's parser hands each piece to `push`, the method of every stream's
 * source; that is in front of pauses, pipes, iterators and listeners, so none of them is touched, and a reader never sees
 * the piece that is too much.
 */
export function countBody(exchange: Exchange, limits: RequestLimits): Verdict | undefined {
	const { request, requestId } = exchange;
	if (exchange.bodyBytes === undefined) {
		// What came while a room was waiting.
		exchange.bodyBytes = request.readableLength;
		request.push = pushCounted;
	}
	return exchange.bodyBytes > limits.maxBodyBytes ? bodyTooLarge(limits.maxBodyBytes, requestId) : undefined;
}

// One function for all requests: it finds the exchange through the request, and the push of the class when called.
function pushCounted(this: IncomingMessage, ...args: Parameters<IncomingMessage["push"]>): boolean {
	const exchange = exchangeOf(this)!;
	const [chunk] = args;
	exchange.bodyBytes! += chunk === null ? 0 : chunk.length;
	const isTooMuch = exchange.bodyBytes! > exchange.limits!.maxBodyBytes;
	if (isTooMuch && (!isUnderWay(exchange) || isRead(this))) {
		this.push = () => true;
		runInExchange(exchange, overflow, exchange, exchange.limits!);
		return true;
	}
	// Where the answer is there already and nobody reads, Node holds the rest back or drops it.
	return Object.getPrototypeOf(this).push.apply(this, args);
}

function isUnderWay({ response, refuse }: Exchange): boolean {
	return response.headersSent || refuse === undefined;
}

function isRead(request: IncomingMessage): boolean {
	return request.listenerCount("data") + request.listenerCount("readable") > 0;
}

/** The client is answered at once, and the reader hears of an error as it would of a broken connection. */
function overflow(exchange: Exchange, { maxBodyBytes }: RequestLimits): void {
	const { request, response, requestId } = exchange;
	const isCut = isUnderWay(exchange) && !response.writableEnded;
	if (!isUnderWay(exchange)) {
		exchange.isAnswered = true;
		answerInPlace(exchange, bodyTooLarge(maxBodyBytes, requestId));
	}
	const isHeard = request.listenerCount("error") > 0;
	if (isHeard) request.emit("error", readersError(maxBodyBytes));
	if (!isCut) return;
	// Half an answer must not look like a whole one: whoever writes it has a while to end it in his own way.
	if (isHeard) dropBody(request, response, () => request.destroy());
	else request.destroy();
}

/** By the framework, or by hand where a route has taken the response from it. */
function answerInPlace(exchange: Exchange, verdict: Verdict): void {
	const { request, response, refuse } = exchange;
	refuse!(exchange, verdict);
	if (request.httpVersionMajor < 2) writeVerdict(response, verdict);
	if (response.headersSent) muteResponse(response);
}

/** In the words of http-errors, for whoever hands it on. */
function readersError(maxBytes: number): Error {
	const status = 413;
	const message = `the body has more than ${maxBytes} bytes`;
	return Object.assign(new Error(message), { statusCode: status, status, expose: true });
}
