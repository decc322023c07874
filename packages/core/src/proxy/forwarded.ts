import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { plainAddress } from "../address.ts";
import type { Trust } from "./trust.ts";

/**
 * The client's address: walks from the socket outwards through X-Forwarded-For for as long as each peer is
 * trusted. What is no address ends the walk at the last peer that was one.
 */
export function clientAddress(request: IncomingMessage, trust: Trust, clientHeader?: string): string {
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

/** Whether the client came by https: by our own TLS, or by the word of a trusted peer. */
export function isSecureRequest(request: IncomingMessage, trust: Trust): boolean {
	if ((request.socket as TLSSocket).encrypted) return true;
	const proto = request.headers["x-forwarded-proto"];
	if (typeof proto !== "string") return false;
	const peer = plainAddress(request.socket.remoteAddress ?? "");
	if (peer === undefined || !trust(peer, 0)) return false;
	return proto.split(",", 1)[0]!.trim().toLowerCase() === "https";
}

/** X-Forwarded-Host, where the peer is believed. */
export function forwardedHost(request: IncomingMessage, trust: Trust): string | undefined {
	const host = request.headers["x-forwarded-host"];
	if (typeof host !== "string") return undefined;
	const peer = plainAddress(request.socket.remoteAddress ?? "");
	if (peer === undefined || !trust(peer, 0)) return undefined;
	return host;
}
