import { checkArgument, checkCall, milliseconds } from "./checks.ts";
import { currentExchange } from "./exchange/current.ts";
import type { Closer, CloserOptions } from "./lifecycle/closers.ts";
import { type DrainHook, onRequestDrain } from "./lifecycle/on-drain.ts";
import { currentRuntime } from "./runtime/current.ts";
import type { HttpServer } from "./server/connections.ts";

export type { Closer, CloserOptions } from "./lifecycle/closers.ts";
export type { DrainHook, DrainNotice } from "./lifecycle/on-drain.ts";
export type { Phase } from "./lifecycle/phase.ts";

/**
 * Releases what the program holds, such as a pool, once all requests are finished. The last that was added runs
 * first, each has its own deadline (5 s), and one that fails keeps no other from running but makes the exit code 1.
 * Returns the function that takes it away again.
 */
export function onShutdown(name: string, close: Closer, options?: CloserOptions): () => void {
	checkCall("onShutdown", name, close, options, { timeoutMs: milliseconds({ min: 1, example: 5_000 }) });
	return currentRuntime().closers.add(name, close, options);
}

/**
 * Ends what would go on for ever, when the server stops listening: called while a request is served, it is about that
 * request; elsewhere about the process. Without it an event stream or a long poll is cut at the deadline, and the exit
 * code is 1. Many hooks run one after the other, within `shutdown.spreadMs`. Returns the function that takes it away.
 */
export function onDrain(hook: DrainHook): () => void {
	checkArgument("onDrain", typeof hook === "function", "a function", "onDrain(() => response.end())");
	const { drainHooks } = currentRuntime();
	const exchange = currentExchange();
	if (exchange === undefined) return drainHooks.add(hook);
	return onRequestDrain(exchange.request, exchange.response, () => drainHooks.run(hook));
}

/**
 * Work that goes on behind an answer, such as a mail: a shutdown waits for it before the closers run, names it where it
 * is late, and exits with 1 where it is rejected then. What is rejected is logged (WORK_FAILED). Gives back the promise.
 */
export function waitUntil<Given extends PromiseLike<unknown>>(name: string, promise: Given): Given {
	const isRight = typeof name === "string" && typeof promise?.then === "function";
	checkArgument("waitUntil", isRight, "a name and a promise", 'waitUntil("receipt", sendReceipt())');
	currentRuntime().work.add(name, promise);
	return promise;
}

/**
 * Ends the process as a stop signal would. Resolves with the exit code where the process lives on, as under
 * NODE_ENV=test. A second call tells of the first; a closer is answered at once, for it would wait for itself.
 */
export function shutdown(reason = "shutdown()"): Promise<number> {
	return currentRuntime().shutdown(reason);
}

/** Whether the process has begun to end: readiness is 503, and long work should not be started. */
export function isShuttingDown(): boolean {
	return currentRuntime().surroundings.health.isDraining();
}

/** A server that the runtime looks after. */
export interface Adopted extends AsyncDisposable {
	/** Stops listening, finishes what is in flight, and resolves when the last connection has ended. */
	close(): Promise<void>;
}

export interface AdoptOptions {
	/** How long idle connections are kept after the server has stopped listening. */
	lingerMs?: number;
	/** Within what time WebSockets, sessions of HTTP/2 and hooks of `onDrain` are told; at once when left out. */
	spreadMs?: number;
	/** For a server of probes and metrics: it answers until all others have ended. */
	drainLast?: boolean;
}

/** Takes a server under the runtime's care: servers find it by themselves when they listen; this is for tests and for those that already do. */
export function adopt(server: HttpServer, options: AdoptOptions = {}): Adopted {
	const runtime = currentRuntime();
	runtime.adopt(server).drainsLast = options.drainLast ?? false;
	const { lingerMs = 0, spreadMs = 0 } = options;
	const withinMs = Number.POSITIVE_INFINITY;
	const close = async (): Promise<void> => {
		// Not once and for all: it may have been closed and listen again, and is looked after anew then.
		await runtime.adopt(server).drain({ lingerMs, spreadMs, arrivalsMs: withinMs, withinMs });
	};
	return { close, [Symbol.asyncDispose]: close };
}

/** Takes back all that was installed in the process: handlers, listeners, closers, checks. For tests. */
export function uninstall(): void {
	currentRuntime().uninstall();
}
