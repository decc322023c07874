import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server as NetServer } from "node:net";

/** A tunnel is a request like others here, and a WebSocket is a tunnel (RFC 8441). */
const REQUESTS: readonly string[] = ["request", "connect"];

/** The requests of HTTP/2 that a server has in flight: no channel tells of them. */
export interface Http2Requests {
	inFlight(): readonly IncomingMessage[];
	uninstall(): void;
}

/** `onRequest` hears of each before the program does. */
export function trackHttp2Requests(
	server: NetServer,
	onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Http2Requests {
	const requests = new Set<IncomingMessage>();
	const heard = new Set<string>();

	function onRequestEvent(request: IncomingMessage, response: ServerResponse): void {
		// A server of both, which has HTTP/1 too.
		if (request.httpVersionMajor !== 2) return;
		requests.add(request);
		response.once("close", () => requests.delete(request));
		onRequest(request, response);
	}

	// Whoever listens for requests has them made of streams: so we listen only once the program does.
	function onNewListener(event: string): void {
		if (!REQUESTS.includes(event) || heard.has(event)) return;
		heard.add(event);
		server.prependListener(event, onRequestEvent);
	}

	if ("updateSettings" in server) {
		for (const event of REQUESTS) if (server.listenerCount(event) > 0) onNewListener(event);
		server.on("newListener", onNewListener);
	}
	return {
		inFlight: () => [...requests],
		uninstall() {
			server.off("newListener", onNewListener);
			for (const event of REQUESTS) server.off(event, onRequestEvent);
		},
	};
}
