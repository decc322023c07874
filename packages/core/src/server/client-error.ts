import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** What Node's parser says of bytes that are no request. */
interface ParserError extends NodeJS.ErrnoException {
	readonly bytesParsed?: number;
}

/** What came in and was no request. */
export interface BadBytes {
	readonly error: NodeJS.ErrnoException;
	/** What it was answered, if we have answered it. */
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

/**
 * Answers bytes that are no request, as Node does where nobody listens: a status, no body, and the end of the
 * connection. A client that has gone is not answered, nor one whose answer is already under way.
 */
export function answerClientError(
	error: ParserError,
	socket: Socket,
	isAnswering: boolean,
): number | undefined {
	if (error.code === "ECONNRESET" || !socket.writable || isAnswering) {
		socket.destroy();
		return undefined;
	}
	const status = STATUS_OF[error.code ?? ""] ?? BAD_REQUEST;
	socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`, () =>
		socket.destroy(),
	);
	return status;
}
