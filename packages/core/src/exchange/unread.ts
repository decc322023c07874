import type { IncomingMessage, ServerResponse } from "node:http";

/** How long a client that is still sending has to read its answer: as nginx gives it (lingering_timeout). */
const LINGER_MS = 5_000;

const TOO_LARGE = 413;

/**
 * Whether an answer comes while its request is still on the way and nobody wants the rest. HTTP/2 ends one stream and
 * keeps the connection; what is no connection (`inject`) has nothing to cut.
 */
export function isCutShort({ complete, httpVersionMajor }: IncomingMessage, status: number): boolean {
	return status === TOO_LARGE && complete === false && httpVersionMajor < 2;
}

/**
 * Answers a client that is still sending. Node would close the connection with the last byte of the answer, and a system
 * that closes on bytes it has not read resets: the client then sees an error of its own writing and no answer. So the
 * answer leaves whole, what comes is dropped for a while, and then the response ends, and the connection with it.
 */
export function endWhileReceiving(response: ServerResponse, body: string): void {
	const { req: request } = response;
	response.setHeader("connection", "close");
	// Without a body, as for HEAD, nothing else would send the head.
	if (request.method === "HEAD") response.flushHeaders();
	else response.write(body);
	// As it is now: a route that still runs may be muted meanwhile.
	const end = response.end.bind(response) as () => void;
	dropBody(request, response, end);
}

/**
 * Drops what is still to come, and calls back when it has come, when the client has gone, or when the time is over. At the
 * place where the parser hands the bytes over: past all who read, pause or have destroyed the request, so that the
 * connection goes on being read and nothing of it is kept.
 */
export function dropBody(request: IncomingMessage, response: ServerResponse, done: () => void): void {
	let isOver = false;
	const finish = (): void => {
		if (isOver) return;
		isOver = true;
		clearTimeout(timer);
		done();
	};
	const timer = setTimeout(finish, LINGER_MS).unref();
	request.push = (chunk: unknown) => {
		if (chunk === null) finish();
		return true;
	};
	response.once("close", () => {
		finish();
		// Whoever still waits for the rest shall not wait for ever.
		if (!request.destroyed) request.destroy();
	});
	response.socket?.resume();
	if (request.readableFlowing === null) request.resume();
}
