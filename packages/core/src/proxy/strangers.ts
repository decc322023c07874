import { deepFreeze } from "../freeze.ts";

/** Addresses of nobody (RFC 5737). */
const CLIENT = "192.0.2.66";
const STRANGER = { remoteAddress: "198.51.100.7" };

/** More than stand in any chain, so that no count of proxies reaches to its end. */
const STRANGERS = 100;

/** What of a request through strangers a framework goes by; only who believes everybody finds its client. */
export const THROUGH_STRANGERS: Readonly<Record<"headers" | "socket" | "connection", object>> = deepFreeze({
	headers: { "x-forwarded-for": [CLIENT, ...Array(STRANGERS).fill(STRANGER.remoteAddress)].join(", ") },
	socket: STRANGER,
	connection: STRANGER,
});

/** Whether what a framework says of such a request is its client. */
export function isBehindStrangers(address: string | undefined): boolean {
	return address === CLIENT;
}
