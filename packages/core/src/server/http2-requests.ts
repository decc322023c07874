import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server as NetServer } from "node:net";
import { isOver, whenOver } from "../exchange/over.ts";
import { listenAlong } from "./listen-along.ts";

/**
 * What a program may be told of instead of a request, which it is all the same: a tunnel, such as a WebSocket (RFC 8441), and
 * one that asks before it sends (RFC 9110, 10.1.1).
 */
const REQUESTS: readonly string[] = ["request", "connect", "checkContinue", "checkExpectation"];

/** The requests of HTTP/2 that a server has in flight: no channel tells of them. */
export interface Http2Requests {
	inFlight(): readonly IncomingMessage[];
	uninstall(): void;
}

export interface Http2RequestEvents {
	/** Before the program hears of it. */
	onRequest(request: IncomingMessage, response: ServerResponse): void;
	/** However it went. */
	onOver(response: ServerResponse): void;
}

export function trackHttp2Requests(
	server: NetServer,
	{ onRequest, onOver }: Http2RequestEvents,
): Http2Requests {
	const requests = new Set<IncomingMessage>();

	function onRequestEvent(request: IncomingMessage, response: ServerResponse): void {
		// A server of both has HTTP/1 too; and who heard of one before us may be through with it.
		if (request.httpVersionMajor !== 2 || isOver(response)) return;
		requests.add(request);
		whenOver(response, () => {
			requests.delete(request);
			onOver(response);
		});
		onRequest(request, response);
	}

	const listening = "updateSettings" in server ? listenAlong(server, REQUESTS, onRequestEvent) : undefined;
	return {
		inFlight: () => [...requests],
		uninstall: () => listening?.uninstall(),
	};
}
