import type { Server } from "node:http";
import type { ServerValues } from "./server.ts";

const { createServer } = process.getBuiltinModule("node:http");

/** The timeouts of a server that Node and we both know. */
type Timeouts = Pick<Server, "keepAliveTimeout" | "headersTimeout" | "requestTimeout">;

/** How often Node looks whether one has passed: an option of the constructor, which is read when the server listens. */
interface Swept {
	connectionsCheckingInterval?: number | undefined;
}

/** How often Node looks for requests that take too long, at least: its own 30 s would come on top of every timeout. */
const SWEEP_MS = 5_000;
/** Looking costs time too. */
const SHORTEST_SWEEP_MS = 50;

/**
 * What a framework sets on every server without being asked: nobody's wish, so ours may replace it. A test holds
 * these figures against the framework itself.
 */
export const FRAMEWORK_DEFAULTS: readonly Partial<Timeouts>[] = [
	// Fastify 5: no proxy is asked, and a body may take for ever.
	{ keepAliveTimeout: 72_000, requestTimeout: 0 },
];

let nodeDefaults: (Timeouts & Swept) | undefined;

/**
 * Sets the timeouts that nobody has chosen. One that differs from Node's and a framework's defaults was chosen by
 * the program and stays, unless the options name it too.
 */
export function applyTimeouts(
	server: Timeouts & Swept,
	values: Readonly<ServerValues>,
	isExplicit: (key: keyof ServerValues) => boolean,
): void {
	// Read from a server that nobody has touched: the figures differ between the lines of Node.
	nodeDefaults ??= createServer();
	const known = [nodeDefaults, ...FRAMEWORK_DEFAULTS];
	const set = (timeout: keyof Timeouts, key: `${keyof Timeouts}Ms`): void => {
		const isDefault = known.some((defaults) => defaults[timeout] === server[timeout]);
		if (isDefault || isExplicit(key)) server[timeout] = values[key];
	};
	set("keepAliveTimeout", "keepAliveTimeoutMs");
	set("headersTimeout", "headersTimeoutMs");
	set("requestTimeout", "requestTimeoutMs");
	if (server.connectionsCheckingInterval === nodeDefaults.connectionsCheckingInterval) {
		server.connectionsCheckingInterval = sweepWithin(server.headersTimeout, server.requestTimeout);
	}
}

/** How often to look for what may take so long: a short timeout is not to be doubled by waiting for the next look. */
export function sweepWithin(...timeoutsMs: readonly number[]): number {
	const shortestMs = Math.min(...timeoutsMs.filter((timeoutMs) => timeoutMs > 0));
	return Math.min(SWEEP_MS, Math.max(SHORTEST_SWEEP_MS, Math.round(shortestMs / 4)));
}
