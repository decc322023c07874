import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server as NetServer } from "node:net";

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
	let isHeard = false;

	function onRequestEvent(request: IncomingMessage, response: ServerResponse): void {
		// A server of both, which has HTTP/1 too.
		if (request.httpVersionMajor !== 2) return;
		requests.add(request);
		response.once("close", () => requests.delete(request));
		onRequest(request, response);
	}

	// Whoever listens for requests has them made of streams: so we listen only once the program does.
	function onNewListener(event: string): void {
		if (event !== "request" || isHeard) return;
		isHeard = true;
		server.prependListener("request", onRequestEvent);
	}

	if ("updateSettings" in server) {
		if (server.listenerCount("request") > 0) onNewListener("request");
		server.on("newListener", onNewListener);
	}
	return {
		inFlight: () => [...requests],
		uninstall() {
			server.off("newListener", onNewListener);
			server.off("request", onRequestEvent);
		},
	};
}
