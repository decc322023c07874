import { type Checks, milliseconds, wholeNumber } from "../checks.ts";
import type { Settings } from "../exchange/room.ts";

export interface ServerOptions {
	/** How long an idle connection is kept. Shorter than the proxy's own idle time, it gives the proxy 502s. */
	keepAliveTimeoutMs?: number | undefined;
	/** How long a client may take to send the head of a request. */
	headersTimeoutMs?: number | undefined;
	/** How long a client may take to send a whole request. */
	requestTimeoutMs?: number | undefined;
	/**
	 * How long a client may take none of the bytes of an answer that wait for it; each byte that it takes begins the time
	 * anew, and an answer that is silent, such as an event stream, is let be. What nginx calls `send_timeout`, whose
	 * default this is.
	 */
	sendTimeoutMs?: number | undefined;
	/**
	 * How many connections at a time; those beyond are closed at once, probes too. None is said by default: the system's
	 * limit of open files is then the first to be reached.
	 */
	maxConnections?: number | undefined;
	/**
	 * How many requests over one connection, so that a balancer may spread them anew: the last answer says
	 * `Connection: close`, and Node answers 503 to who asks on all the same.
	 */
	maxRequestsPerSocket?: number | undefined;
}

export interface ServerValues {
	keepAliveTimeoutMs: number;
	headersTimeoutMs: number;
	requestTimeoutMs: number;
	sendTimeoutMs: number;
	maxConnections: number | undefined;
	maxRequestsPerSocket: number | undefined;
}

export const SERVER: Settings<ServerValues> = {
	key: "server",
	purpose:
		"502s from a proxy that reuses what we just closed, and clients that send or take one byte a minute",
	DEFAULTS: {
		keepAliveTimeoutMs: 65_000,
		headersTimeoutMs: 15_000,
		requestTimeoutMs: 120_000,
		sendTimeoutMs: 60_000,
		maxConnections: undefined,
		maxRequestsPerSocket: undefined,
	},
	CHECKS: {
		keepAliveTimeoutMs: milliseconds({ example: 65_000 }),
		headersTimeoutMs: milliseconds({ min: 1, example: 15_000 }),
		requestTimeoutMs: milliseconds({ min: 1, example: 120_000 }),
		sendTimeoutMs: milliseconds({ min: 1, example: 60_000 }),
		maxConnections: wholeNumber({ min: 1, example: 10_000 }),
		maxRequestsPerSocket: wholeNumber({ min: 1, example: 1_000 }),
	} satisfies Checks<ServerValues>,
};
