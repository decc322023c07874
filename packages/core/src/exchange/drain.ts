import type { IncomingMessage } from "node:http";

// On the request itself, so that two copies of this package in one program tell each other.
const kDrain: unique symbol = Symbol.for("production-ready.drain") as never;
interface Marked {
	[kDrain]?: AbortController;
}

/** Aborts when the server of this request stops listening: an answer that would go on for ever should end. */
export function drainSignal(request: IncomingMessage): AbortSignal {
	return controllerOf(request).signal;
}

/** Whether somebody has asked, and so has something to end. */
export function isDrainAwaited(request: IncomingMessage): boolean {
	return (request as Marked)[kDrain] !== undefined;
}

/** Tells who has asked, and who asks later. */
export function announceDrain(request: IncomingMessage): void {
	controllerOf(request).abort(new Error("the server is shutting down"));
}

function controllerOf(request: IncomingMessage): AbortController {
	const marked = request as Marked;
	marked[kDrain] ??= new AbortController();
	return marked[kDrain];
}
