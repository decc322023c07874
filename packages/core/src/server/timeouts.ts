import { createServer, type Server } from "node:http";
import type { ServerValues } from "./server.ts";

/** The timeouts of a server that Node and we both know. */
type Timeouts = Pick<Server, "keepAliveTimeout" | "headersTimeout" | "requestTimeout">;

/** What a framework sets on every server without being asked: nobody's wish, so ours may replace it. */
export type FrameworkDefaults = Partial<Timeouts>;

let nodeDefaults: Timeouts | undefined;

/**
 * Sets the timeouts that nobody has chosen. One that differs from Node's and the framework's defaults was chosen by
 * the program and stays, unless the options name it too.
 */
export function applyTimeouts(
	server: Timeouts,
	values: Readonly<ServerValues>,
	isExplicit: (key: keyof ServerValues) => boolean,
	frameworkDefaults: readonly FrameworkDefaults[],
): void {
	// Read from a server that nobody has touched: the figures differ between the lines of Node.
	nodeDefaults ??= createServer();
	const known = [nodeDefaults, ...frameworkDefaults];
	const set = (timeout: keyof Timeouts, key: keyof ServerValues): void => {
		const isDefault = known.some((defaults) => defaults[timeout] === server[timeout]);
		if (isDefault || isExplicit(key)) server[timeout] = values[key];
	};
	set("keepAliveTimeout", "keepAliveTimeoutMs");
	set("headersTimeout", "headersTimeoutMs");
	set("requestTimeout", "requestTimeoutMs");
}
