import type { IncomingMessage, ServerResponse } from "node:http";
import type { BadBytes } from "./client-error.ts";
import type { EndedUpgrade } from "./upgrades.ts";

/** What is told of the connections of a server. */
export interface ConnectionEvents {
	/** Bytes came in that are no request, or not the rest of one. */
	onBadBytes(bytes: BadBytes): void;
	onUpgradeEnd(ended: EndedUpgrade): void;
	/** A client took nothing for too long of the answer to this request, and is about to be cut. */
	onStall(request: IncomingMessage | undefined): void;
	/** The clients of these, if any, have gone, and their handlers were waited for in vain. */
	onGiveUp(requests: readonly IncomingMessage[]): void;
	/** So many connections were closed since the last time, because there were as many as there may be. */
	onDrop(count: number): void;
	/** A request has come in, before anybody else has seen it. */
	onRequest(request: IncomingMessage, response: ServerResponse): void;
}
