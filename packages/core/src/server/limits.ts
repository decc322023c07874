import type { Connections } from "./connections.ts";
import type { ServerValues } from "./server.ts";
import { applyTimeouts } from "./timeouts.ts";

/** Sets on a server what the options say, or nobody has chosen. `isExplicit` tells what the options name. */
export function limitServer(
	connections: Connections,
	values: Readonly<ServerValues>,
	isExplicit: (key: keyof ServerValues) => boolean,
): void {
	const { server, limitSending } = connections;
	// A server of HTTP/2 alone has none of them.
	if (server.keepAliveTimeout !== undefined) applyTimeouts(server as never, values, isExplicit);
	const { maxConnections, maxRequestsPerSocket, sendTimeoutMs } = values;
	if (maxConnections !== undefined) server.maxConnections = maxConnections;
	if (maxRequestsPerSocket !== undefined) Object.assign(server, { maxRequestsPerSocket });
	limitSending(sendTimeoutMs);
}
