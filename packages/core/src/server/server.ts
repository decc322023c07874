import { type Checks, milliseconds } from "../checks.ts";
import type { Settings } from "../exchange/room.ts";

export interface ServerOptions {
	/** How long an idle connection is kept. Shorter than the proxy's own idle time, it gives the proxy 502s. */
	keepAliveTimeoutMs?: number | undefined;
	/** How long a client may take to send the head of a request. */
	headersTimeoutMs?: number | undefined;
	/** How long a client may take to send a whole request. */
	requestTimeoutMs?: number | undefined;
}

export interface ServerValues {
	keepAliveTimeoutMs: number;
	headersTimeoutMs: number;
	requestTimeoutMs: number;
}

export const SERVER: Settings<ServerValues> = {
	key: "server",
	purpose: "502s from a proxy that reuses what we just closed, and clients that send one byte a minute",
	DEFAULTS: { keepAliveTimeoutMs: 65_000, headersTimeoutMs: 15_000, requestTimeoutMs: 120_000 },
	CHECKS: {
		keepAliveTimeoutMs: milliseconds({ example: 65_000 }),
		headersTimeoutMs: milliseconds({ min: 1, example: 15_000 }),
		requestTimeoutMs: milliseconds({ min: 1, example: 120_000 }),
	} satisfies Checks<ServerValues>,
};
