import type { IncomingMessage, ServerResponse } from "node:http";

const announced = new WeakSet<ServerResponse>();

/**
 * Tells the client that this answer is the last one on its connection. While the client still sends a body it waits:
 * Node closes behind such an answer, and closing over bytes that nobody has read resets what the client has not read.
 */
export function announceClose(response: ServerResponse): void {
	if (response.headersSent || announced.has(response)) return;
	const { req: request } = response;
	if (sendsBody(request)) {
		// Before the program hears of the end too, and answers.
		request.prependOnceListener("end", () => announceClose(response));
		return;
	}
	announced.add(response);
	sayClose(response);
	watchHead(response);
}

export function takeBackClose(response: ServerResponse): void {
	if (!response.headersSent && announced.delete(response)) response.removeHeader("Connection");
}

/** Whether the client has more to send of this request. */
export function sendsBody({ complete, headers }: IncomingMessage): boolean {
	if (complete) return false;
	return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

const sayClose = (response: ServerResponse): void => void response.setHeader("Connection", "close");

const watched = new WeakSet<ServerResponse>();

/**
 * What hands on the head of somebody else's answer, as a proxy does, or writes one for a stream, says `keep-alive` in our
 * place; and a client that believes it sends its next request to a connection that ends. Every way to write a head ends here.
 */
function watchHead(response: ServerResponse): void {
	if (watched.has(response)) return;
	watched.add(response);
	const { writeHead } = response;
	response.writeHead = function (this: ServerResponse, status: number, ...rest: unknown[]) {
		const isLast = announced.has(response) && !response.headersSent;
		if (isLast) sayClose(response);
		const given = isLast ? rest.map(withoutConnection) : rest;
		return writeHead.call(this, status, ...(given as []));
	} as typeof writeHead;
}

/** Of what `writeHead` is given, which wins over what was set: an object, or a list in either of Node's two forms. */
function withoutConnection(given: unknown): unknown {
	if (typeof given !== "object" || given === null) return given;
	if (!Array.isArray(given))
		return Object.fromEntries(Object.entries(given).filter(([name]) => !isConnection(name)));
	if (Array.isArray(given[0])) return given.filter(([name]) => !isConnection(name));
	return given.filter((_, index) => !isConnection(given[index - (index % 2)]));
}

const isConnection = (name: unknown): boolean => String(name).toLowerCase() === "connection";
