import { createServer, type Server } from "node:http";
import type { ServerValues } from "./server.ts";

/** The timeouts of a server that Node and we both know. */
type Timeouts = Pick<Server, "keepAliveTimeout" | "headersTimeout" | "requestTimeout">;

/**
 * What a framework sets on every server without being asked: nobody's wish, so ours may replace it. A test holds
 * these figures against the framework itself.
 */
export const FRAMEWORK_DEFAULTS: readonly Partial<Timeouts>[] = [
	// Fastify 5: no proxy is asked, and a body may take for ever.
	{ keepAliveTimeout: 72_000, requestTimeout: 0 },
];

let nodeDefaults: Timeouts | undefined;

/**
 * Sets the timeouts that nobody has chosen. One that differs from Node's and a framework's defaults was chosen by
 * the program and stays, unless the options name it too.
 */
export function applyTimeouts(
	server: Timeouts,
	values: Readonly<ServerValues>,
	isExplicit: (key: keyof ServerValues) => boolean,
): void {
	// Read from a server that nobody has touched: the figures differ between the lines of Node.
	nodeDefaults ??= createServer();
	const known = [nodeDefaults, ...FRAMEWORK_DEFAULTS];
	const set = (timeout: keyof Timeouts, key: keyof ServerValues): void => {
		const isDefault = known.some((defaults) => defaults[timeout] === server[timeout]);
		if (isDefault || isExplicit(key)) server[timeout] = values[key];
	};
	set("keepAliveTimeout", "keepAliveTimeoutMs");
	set("headersTimeout", "headersTimeoutMs");
	set("requestTimeout", "requestTimeoutMs");
}
