import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import { exchangeOf } from "../exchange/exchange.ts";
import type { InFlight } from "./in-flight.ts";

const { STATUS_CODES } = process.getBuiltinModule("node:http");

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
const EXPECTATION_FAILED = 417;

/** Hears of them before a framework's own listener, behind which nobody knows any more who it was. */
export function hearBadBytes(
	server: NetServer,
	inFlightOf: (socket: Socket) => InFlight | undefined,
	onBadBytes: (bytes: BadBytes) => void,
): { uninstall(): void } {
	// A listener takes the answer away from Node: so ours answers, but only where the program does not.
	function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
		const isOurs = server.listenerCount("clientError") === 1;
		const inFlight = inFlightOf(socket);
		// A socket that was destroyed no longer knows them.
		const { remoteAddress: peer, bytesRead } = socket;
		// An answer that has begun must not be followed by another; the one request whose body is bad is answered here.
		const status = statusOf(error, socket, inFlight?.isAnswering() ?? false);
		if (isOurs) answer(socket, status);
		const response = inFlight?.unfinished();
		// For its line: what the client hears is not what anybody says by the response any more.
		if (response !== undefined && status !== undefined) response.statusCode = status;
		onBadBytes({ error, status, peer, isEmpty: bytesRead === 0, request: inFlight?.receiving() });
	}

	server.prependListener("clientError", onClientError);
	return { uninstall: () => server.off("clientError", onClientError) };
}

/** What Node refuses by itself, before any program: no listener hears of it, only that its answer is out. */
export function refusedByNode(request: IncomingMessage, { statusCode }: ServerResponse): Error | undefined {
	if (statusCode !== BAD_REQUEST && statusCode !== EXPECTATION_FAILED) return undefined;
	// RFC 9112, 3.2, and RFC 9110, 10.1.1.
	const { host, expect } = request.headers;
	const isMissing = statusCode === BAD_REQUEST && host === undefined;
	if (!isMissing && (statusCode === BAD_REQUEST || expect === undefined)) return undefined;
	if (exchangeOf(request) !== undefined) return undefined;
	const code = isMissing ? "ERR_HTTP_HOST_MISSING" : "ERR_HTTP_EXPECTATION_UNKNOWN";
	return Object.assign(new Error("refused by Node"), { code });
}

/** What such bytes are answered; nothing for a client that has gone, or whose answer is already under way. */
function statusOf(
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
function answer(socket: Socket, status: number | undefined): void {
	if (status === undefined) {
		socket.destroy();
		return;
	}
	socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`, () =>
		socket.destroy(),
	);
}
