import type { IncomingMessage, ServerResponse } from "node:http";
import { runInExchange } from "./current.ts";
import { type Exchange, exchangeOf, type Verdict } from "./exchange.ts";
import { whenOver } from "./over.ts";
import { endWhileReceiving, isCutShort } from "./unread.ts";

/** What happens to an exchange next, in the words of a framework: one for all requests. */
export interface Passage<Go = never> {
	answer(exchange: Exchange, verdict: Verdict): void;
	/** On to the routes, or with an error that a room's own callback threw. `go` is what the framework goes on by. */
	next(exchange: Exchange, go: Go, error?: unknown): void;
}

interface Rooms {
	enter(exchange: Exchange): Verdict | undefined | Promise<Verdict | undefined>;
	leave(exchange: Exchange): void;
}

/** Sends an exchange through the rooms, and what comes after them inside its context. */
export function passThrough<Go>(rooms: Rooms, exchange: Exchange, passage: Passage<Go>, go: Go): void {
	exchange.leave = rooms.leave;
	exchange.refuse = passage.answer;
	whenOver(exchange.response, leaveOnClose);
	runInExchange(exchange, enter<Go>, rooms, exchange, passage, go);
}

/** Sends an exchange through rooms that only watch: nothing is answered and nobody waits. */
export function enterAlone(rooms: Rooms, exchange: Exchange): void {
	exchange.leave = rooms.leave;
	whenOver(exchange.response, leaveOnClose);
	void rooms.enter(exchange);
}

/** Enters rooms in the context of an exchange that is open already. */
export function enter<Go>(
	rooms: Pick<Rooms, "enter">,
	exchange: Exchange,
	passage: Passage<Go>,
	go: Go,
): void {
	let entered: ReturnType<Rooms["enter"]>;
	try {
		entered = rooms.enter(exchange);
	} catch (error) {
		passage.next(exchange, go, error);
		return;
	}
	if (entered instanceof Promise) wait(entered, exchange, passage, go);
	else conclude(exchange, entered, passage, go);
}

function wait<Go>(
	entered: Promise<Verdict | undefined>,
	exchange: Exchange,
	passage: Passage<Go>,
	go: Go,
): void {
	if (!exchange.isProbe) exchange.meanwhile?.(exchange);
	entered
		.then((verdict) => conclude(exchange, verdict, passage, go))
		.catch((error: unknown) => passage.next(exchange, go, error));
}

function conclude<Go>(exchange: Exchange, verdict: Verdict | undefined, passage: Passage<Go>, go: Go): void {
	if (verdict === undefined) {
		passage.next(exchange, go);
		return;
	}
	exchange.isAnswered = true;
	passage.answer(exchange, verdict);
}

/** One function for all responses: it finds the exchange through the request. Leaves once, whoever has opened it. */
function leaveOnClose(this: ServerResponse): void {
	const exchange = exchangeOf(this.req);
	const leave = exchange?.leave;
	if (exchange === undefined || leave === undefined) return;
	exchange.leave = undefined;
	leave(exchange);
}

/** Keeps for the line of a request why it was refused; the first reason stands. */
export function keepReason(request: IncomingMessage, { reason }: Verdict): void {
	const exchange = exchangeOf(request);
	if (exchange !== undefined) exchange.reason ??= reason;
}

/** The words behind the status were said of another answer, and may be such as cannot be sent. */
export function forgetReasonPhrase(response: ServerResponse): void {
	// HTTP/2 has none (RFC 9113, 8.3.1), and Node warns who asks.
	if (response.req.httpVersionMajor < 2) response.statusMessage = "";
}

/** Writes a verdict to a response of Node's. */
export function writeVerdict(response: ServerResponse, verdict: Verdict): void {
	const { status, headers, body, forget } = verdict;
	keepReason(response.req, verdict);
	// Answered meanwhile, by a timeout of the program's for instance: the first answer stands.
	if (response.headersSent || response.writableEnded) return;
	response.statusCode = status;
	forgetReasonPhrase(response);
	if (forget !== undefined) for (const name of forget) response.removeHeader(name);
	// By index: this is what a flood is answered by, and pairs that are taken apart cost an iterator each.
	for (let index = 0; index < headers.length; index++) {
		const header = headers[index]!;
		if (header[0] === "set-cookie") response.appendHeader(header[0], header[1]);
		else response.setHeader(header[0], header[1]);
	}
	if (status !== 204) response.setHeader("content-length", Buffer.byteLength(body));
	if (isCutShort(response.req, status)) endWhileReceiving(response, body);
	else response.end(body);
}
