import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { sendsBody } from "./last-answer.ts";

/** How long a client may go on sending a body that nobody reads, so that it gets to reading its answer. */
const UNREAD_BODY_MS = 2_000;

/** TLS says goodbye in both directions: one that comes to a socket that is gone resets what its sender has not read. */
const TLS_GOODBYE_MS = 250;

/** Ends a connection with its last answer, also where the head went out before anybody knew it was the last. */
export function endWith(socket: Socket, request: IncomingMessage, response: ServerResponse): void {
	if (socket.destroyed || response.getHeader("connection") === "close") return;
	if (sendsBody(request)) {
		socket.end();
		request.resume();
		destroyAfter(socket, UNREAD_BODY_MS);
	} else if ("encrypted" in socket) {
		endUnused(socket);
	} else {
		socket.end(() => socket.destroy());
	}
}

/** Ends a connection that came too late to be used. */
export function endUnused(socket: Socket): void {
	if ("encrypted" in socket) {
		socket.end();
		destroyAfter(socket, TLS_GOODBYE_MS);
	} else {
		socket.destroy();
	}
}

/** How a connection left HTTP. */
export interface Upgrade {
	/** The protocol it asked for, in lower case; none for a CONNECT. */
	readonly protocol: string | undefined;
	/** What had been written before: more by now means that the program has agreed. */
	readonly bytesBefore: number;
}

/** A WebSocket close frame with status 1001, "going away" (RFC 6455, 5.5.1 and 7.4.1). */
const WEBSOCKET_GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);
const REFUSAL = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n";

/** How long the other side may take to say goodbye too. */
const GOODBYE_MS = 1_000;

/** Whether the program has answered the wish to leave HTTP. */
export function isAgreed(socket: Socket, { bytesBefore }: Upgrade): boolean {
	return socket.bytesWritten > bytesBefore;
}

/** Ends a connection that has left HTTP, in the words of where it is: one that was not yet agreed to is refused. */
export function sayGoodbye(socket: Socket, upgrade: Upgrade): void {
	if (socket.destroyed) return;
	// Whoever is still deciding, or in the middle of a message, writes to what has ended, and a socket without a listener throws.
	socket.on("error", () => {});
	if (!isAgreed(socket, upgrade)) socket.end(REFUSAL);
	else if (upgrade.protocol === "websocket") socket.end(WEBSOCKET_GOING_AWAY);
	else socket.end();
	destroyAfter(socket, GOODBYE_MS);
}

function destroyAfter(socket: Socket, timeoutMs: number): void {
	const timer = setTimeout(() => socket.destroy(), timeoutMs);
	socket.once("close", () => clearTimeout(timer));
}
