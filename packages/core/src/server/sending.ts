import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { watchSockets } from "./stalled-sockets.ts";
import { type Stream, watchStreams } from "./stalled-streams.ts";
import { sweepWithin } from "./timeouts.ts";

export interface Sent {
	/** Connections that speak HTTP. */
	sockets(): readonly Socket[];
	/** The connection that the system knows: the same, but for TLS. Nothing where nobody has seen it. */
	beneath(socket: Socket): Socket | undefined;
	/** Requests that are not answered to their end. */
	requests(): readonly IncomingMessage[];
	/** The client of this one is about to be cut, or the stream of one. */
	onStall(request: IncomingMessage | undefined): void;
}

export interface Sending {
	/** Cuts, from now on, what a client takes nothing of for so long. */
	limit(timeoutMs: number): void;
	uninstall(): void;
}

/** CANCEL: the stream is no longer needed (RFC 9113, 7). The connection may go on with others. */
const CANCEL = 8;

/** What a server has to send, and to clients that do not take it. */
export function trackSending({ sockets, beneath, requests, onStall }: Sent): Sending {
	let sweep: NodeJS.Timeout | undefined;

	function limit(timeoutMs: number): void {
		const stalledSockets = watchSockets(timeoutMs, beneath, (socket) => {
			onStall(requests().find((request) => request.socket === socket));
			socket.destroy();
		});
		const stalledStreams = watchStreams(timeoutMs, (stream) => {
			onStall(requests().find((request) => streamOf(request) === stream));
			stream.close(CANCEL);
		});
		sweep ??= setInterval(() => {
			stalledSockets.look(sockets());
			stalledStreams.look(requests().flatMap((request) => streamOf(request) ?? []));
		}, sweepWithin(timeoutMs)).unref();
	}

	return { limit, uninstall: () => clearInterval(sweep) };
}

/** The stream that a request of HTTP/2 came by, which the types of HTTP/1 do not know. */
function streamOf(request: IncomingMessage): Stream | undefined {
	return request.httpVersionMajor === 2 ? (request as { stream?: Stream }).stream : undefined;
}
