import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

const announced = new WeakSet<ServerResponse>();

/** Tells the client that this answer is the last one on its connection. */
export function announceClose(response: ServerResponse): void {
	if (response.headersSent) return;
	announced.add(response);
	response.setHeader("Connection", "close");
}

export function takeBackClose(response: ServerResponse): void {
	if (!response.headersSent && announced.delete(response)) response.removeHeader("Connection");
}

/** Ends a connection with its last answer, also where the head went out before anybody knew it was the last. */
export function endWith(socket: Socket, response: ServerResponse): void {
	if (socket.destroyed || response.getHeader("connection") === "close") return;
	socket.end(() => socket.destroy());
}

/** A WebSocket close frame with status 1001, "going away" (RFC 6455, 5.5.1 and 7.4.1). */
const WEBSOCKET_GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

/** How long the other side may take to say goodbye too. */
const GOODBYE_MS = 1_000;

export function sayGoodbye(socket: Socket, protocol: string): void {
	if (protocol === "websocket") socket.end(WEBSOCKET_GOING_AWAY);
	else socket.end();
	const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
	socket.once("close", () => clearTimeout(timer));
}
