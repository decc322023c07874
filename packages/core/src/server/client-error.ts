import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** What came in and was no request. */
export interface BadBytes {
	readonly error: NodeJS.ErrnoException;
	/** What it is answered; by another one's listener as by Node and Fastify, unless that says something else. */
	readonly status: number | undefined;
	/** Who sent it: the proxy, where one stands in front. */
	readonly peer: string | undefined;
	/** The connection has not said anything at all. */
	readonly isEmpty: boolean;
	/** The request whose body it should have been. */
	readonly request: IncomingMessage | undefined;
}

const STATUS_OF: Readonly<Record<string, number>> = {
	HPE_HEADER_OVERFLOW: 431,
	HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
	ERR_HTTP_REQUEST_TIMEOUT: 408,
};
const BAD_REQUEST = 400;

/** What such bytes are answered; nothing for a client that has gone, or whose answer is already under way. */
export function statusOfBadBytes(
	{ code = "" }: NodeJS.ErrnoException,
	socket: Socket,
	isAnswering: boolean,
): number | undefined {
	if (code === "ECONNRESET" || !socket.writable || isAnswering) return undefined;
	return STATUS_OF[code] ?? BAD_REQUEST;
}

/**
 * Answers bytes that are no request, as Node does where nobody listens: a status, no body, and the end of the
 * connection. Without a status it is only ended.
 */
export function answerBadBytes(socket: Socket, status: number | undefined): void {
	if (status === undefined) {
		socket.destroy();
		return;
	}
	socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`, () =>
		socket.destroy(),
	);
}
