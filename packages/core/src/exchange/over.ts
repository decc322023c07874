import type { EventEmitter } from "node:events";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** The stream of HTTP/2 that an answer leaves by, which the types of HTTP/1 do not know. */
interface Stream extends EventEmitter {
	readonly aborted: boolean;
	readonly destroyed: boolean;
	readonly headersSent: boolean;
	readonly sentHeaders: OutgoingHttpHeaders | undefined;
	readonly writableFinished: boolean;
}

function streamOf(response: ServerResponse): Stream | undefined {
	return response.req?.httpVersionMajor === 2 ? (response as { stream?: Stream }).stream : undefined;
}

/**
 * Some hand a middleware a request without a response, and something that looks a little like one in its place: Socket.IO does
 * for a WebSocket. Nobody answers there.
 */
export function isAnswerable(response: ServerResponse): boolean {
	return response.req !== undefined && typeof response.on === "function";
}

/**
 * Calls back once a response is over, whether its client got it or not. Over HTTP/2 the stream is asked: Node never tells
 * of the response to a HEAD that was cancelled before it was answered.
 */
export function whenOver(response: ServerResponse, onOver: (this: ServerResponse) => void): void {
	if (!isAnswerable(response)) return;
	const stream = streamOf(response);
	if (stream === undefined) response.on("close", onOver);
	else stream.on("close", onOver.bind(response));
}

export function isOver(response: ServerResponse): boolean {
	return (streamOf(response) ?? response).destroyed;
}

/** Whether all of it was handed to the system, which nobody takes back. */
export function wasSent(response: ServerResponse): boolean {
	const stream = streamOf(response);
	if (stream === undefined)
		return response.writableFinished || (response.writableEnded && isInjected(response));
	// A stream that is cancelled Node ends itself, and the one of a HEAD from the beginning.
	return stream.headersSent && !stream.aborted && stream.writableFinished;
}

const reached = new WeakSet<ServerResponse>();

/** Has an answer whose client has gone tell when the program gets to it. Of what is written there Node keeps little. */
export function watchAnswer(response: ServerResponse): void {
	const reach = (): void => void reached.add(response);
	response.once("pipe", reach);
	if (streamOf(response) === undefined) return;
	for (const name of ["writeHead", "write", "end"] as const) {
		const method = response[name] as (...args: unknown[]) => never;
		response[name] = function (this: ServerResponse, ...args: unknown[]) {
			reach();
			return method.apply(this, args);
		};
	}
}

/** Whether the program has begun or ended it, also where nobody is there to get it. */
export function isAnswerReached(response: ServerResponse): boolean {
	return response.headersSent || response.writableEnded || reached.has(response);
}

/** An injected request came by no connection, and its answer finishes on none. */
function isInjected({ req: { socket } }: ServerResponse): boolean {
	return !socket || !("bytesWritten" in socket);
}

/** As it left: whoever answers by the stream itself changes nothing of the response. */
export function statusOf(response: ServerResponse): number {
	const status = streamOf(response)?.sentHeaders?.[":status"];
	return status === undefined ? response.statusCode : Number(status);
}
