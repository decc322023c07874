import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { plainAddress } from "../address.ts";
import type { Trust } from "./trust.ts";

/** What of a request tells of who is behind it. */
export type Forwarding = Pick<IncomingMessage, "socket" | "headers">;

/**
 * The client's address: walks from the socket outwards through X-Forwarded-For for as long as each peer is
 * trusted. What is no address ends the walk at the last peer that was one.
 */
export function clientAddress(request: Forwarding, trust: Trust, clientHeader?: string): string {
	const peer = plainAddress(request.socket.remoteAddress ?? "");
	// A socket that is gone, or one without addresses (unix sockets, injected requests).
	if (peer === undefined) return request.socket.remoteAddress ?? "unknown";
	if (!trust(peer, 0)) return peer;
	if (clientHeader !== undefined) {
		const named = request.headers[clientHeader];
		const address = typeof named === "string" ? plainAddress(named) : undefined;
		if (address !== undefined) return address;
	}
	const forwarded = request.headers["x-forwarded-for"];
	if (typeof forwarded !== "string") return peer;
	let address = peer;
	let end = forwarded.length;
	for (let hopIndex = 1; end > 0; hopIndex++) {
		const start = forwarded.lastIndexOf(",", end - 1) + 1;
		const next = plainAddress(forwarded.slice(start, end));
		if (next === undefined) return address;
		address = next;
		if (!trust(address, hopIndex)) return address;
		end = start - 1;
	}
	return address;
}

/**
 * Whether the client came by https: by the word of a trusted peer, which knows how the client came to it, else by our own
 * TLS. WebSockets bring words of their own.
 */
export function isSecureRequest(request: Forwarding, trust: Trust): boolean {
	switch (believedEntry(request, trust, "x-forwarded-proto")?.toLowerCase()) {
		case "https":
		case "wss":
			return true;
		case "http":
		case "ws":
			return false;
		default:
			return (request.socket as TLSSocket).encrypted === true;
	}
}

/** The host that the client has asked for, by the word of a trusted peer: one entry of X-Forwarded-Host. */
export function believedHost(request: Forwarding, trust: Trust): string | undefined {
	return believedEntry(request, trust, "x-forwarded-host") || undefined;
}

/**
 * What a header says in the mouth of a trusted peer. Proxies that find it there add their own word behind: of a list, the
 * entry counts that the outermost trusted one has written. What stands further left may be the client's.
 */
function believedEntry(request: Forwarding, trust: Trust, name: string): string | undefined {
	const written = request.headers[name];
	if (typeof written !== "string" || !trustsPeer(request, trust)) return undefined;
	if (!written.includes(",")) return written.trim();
	const entries = written.split(",");
	return entries[Math.max(0, entries.length - trustedHops(request, trust))]!.trim();
}

/** Whether the peer that holds the socket is believed. */
export function trustsPeer({ socket }: Forwarding, trust: Trust): boolean {
	const peer = plainAddress(socket.remoteAddress ?? "");
	return peer !== undefined && trust(peer, 0);
}

/** How many of the nearest peers are believed, once the nearest is. */
function trustedHops(request: Forwarding, trust: Trust): number {
	let hops = 1;
	clientAddress(request, (address, hopIndex) => {
		const isTrusted = trust(address, hopIndex);
		if (isTrusted) hops = hopIndex + 1;
		return isTrusted;
	});
	return hops;
}

/**
 * Makes one word of what proxies have said, so that all who read the headers themselves read the same: of a list Express
 * takes the first entry, which a client may have written, and Fastify the last.
 */
export function settleForwarded({ headers }: Forwarding, isSecure: boolean, host: string | undefined): void {
	const proto = isSecure ? "https" : "http";
	if ((headers["x-forwarded-proto"] ?? proto) !== proto) headers["x-forwarded-proto"] = proto;
	if (host !== undefined && headers["x-forwarded-host"] !== host) headers["x-forwarded-host"] = host;
}
