import { checkCall, milliseconds } from "./checks.ts";
import type { Closer, CloserOptions } from "./lifecycle/closers.ts";
import { currentRuntime } from "./runtime/current.ts";
import type { HttpServer } from "./server/connections.ts";

export type { Closer, CloserOptions } from "./lifecycle/closers.ts";
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
 * Ends the process as a stop signal would. Resolves with the exit code where the process lives on, as under
 * NODE_ENV=test. A second call tells of the first; a closer that waits for it waits for itself.
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
	/** For a server of probes and metrics: it answers until all others have ended. */
	drainLast?: boolean;
}

/** Takes a server under the runtime's care: servers find it by themselves when they listen; this is for tests and for those that already do. */
export function adopt(server: HttpServer, options: AdoptOptions = {}): Adopted {
	const connections = currentRuntime().adopt(server);
	connections.drainsLast = options.drainLast ?? false;
	const close = (): Promise<void> => connections.drain(options.lingerMs ?? 0);
	return { close, [Symbol.asyncDispose]: close };
}

/** Takes back all that was installed in the process: handlers, listeners, closers, checks. For tests. */
export function uninstall(): void {
	currentRuntime().uninstall();
}
