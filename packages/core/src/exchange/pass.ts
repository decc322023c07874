import type { IncomingMessage, ServerResponse } from "node:http";
import { runInExchange } from "./current.ts";
import { type Exchange, exchangeOf, type Verdict } from "./exchange.ts";
import { endWhileReceiving, isCutShort } from "./unread.ts";

/** What happens to an exchange next, in the words of a framework. */
export interface Passage {
	answer(verdict: Verdict): void;
	/** On to the routes, or with an error that a room's own callback threw. */
	next(error?: unknown): void;
}

interface Rooms {
	enter(exchange: Exchange): Verdict | undefined | Promise<Verdict | undefined>;
	leave(exchange: Exchange): void;
}

/** Sends an exchange through the rooms, and what comes after them inside its context. */
export function passThrough(rooms: Rooms, exchange: Exchange, passage: Passage): void {
	exchange.leave = rooms.leave;
	exchange.refuse = passage.answer;
	exchange.response.once("close", leaveOnClose);
	runInExchange(exchange, enter, rooms, exchange, passage);
}

/** Sends an exchange through rooms that only watch: nothing is answered and nobody waits. */
export function enterAlone(rooms: Rooms, exchange: Exchange): void {
	exchange.leave = rooms.leave;
	exchange.response.once("close", leaveOnClose);
	void rooms.enter(exchange);
}

/** Enters rooms in the context of an exchange that is open already. */
export function enter(rooms: Pick<Rooms, "enter">, exchange: Exchange, passage: Passage): void {
	let entered: ReturnType<Rooms["enter"]>;
	try {
		entered = rooms.enter(exchange);
	} catch (error) {
		passage.next(error);
		return;
	}
	if (entered instanceof Promise) {
		if (!exchange.isProbe) exchange.meanwhile?.(exchange);
		entered.then((verdict) => conclude(exchange, verdict, passage)).catch(passage.next);
	} else {
		conclude(exchange, entered, passage);
	}
}

function conclude(exchange: Exchange, verdict: Verdict | undefined, passage: Passage): void {
	if (verdict === undefined) {
		passage.next();
		return;
	}
	exchange.isAnswered = true;
	passage.answer(verdict);
}

/** One function for all responses: it finds the exchange through the request. Leaves once, whoever has opened it. */
function leaveOnClose(this: ServerResponse & { req: IncomingMessage }): void {
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

/** Writes a verdict to a response of Node's. */
export function writeVerdict(response: ServerResponse, verdict: Verdict): void {
	const { status, headers, body, forget } = verdict;
	keepReason(response.req, verdict);
	// Answered meanwhile, by a timeout of the program's for instance: the first answer stands.
	if (response.headersSent || response.writableEnded) return;
	response.statusCode = status;
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
