import type { ServerResponse } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { trackHandshakes } from "./handshakes.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import { endUnused } from "./last-words.ts";
import { FIRST_REQUEST_MS } from "./newcomers.ts";

/** The connections of one server, from the first byte on. */
export interface Sockets {
	/** Those that can carry requests, with what they carry. */
	readonly carrying: ReadonlyMap<Socket, InFlight>;
	/** What one carries, also where it is from before we came. */
	inFlightOf(socket: Socket): InFlight;
	/** How many there were so far. */
	arrived(): number;
	/** A session of HTTP/2 ends its connection itself. */
	speaksHttp2(socket: Socket): boolean;
	/** The connection that the bytes of this one go over, where the two are not the same. */
	beneath(socket: Socket): Socket | undefined;
	/** Whether one has come just now, whose first request has not. */
	awaitsFirst(): boolean;
	/** From now on those that come are too late, and handshakes have to come to their end. */
	refuse(): void;
	/** Takes them again: the program listens anew, and nobody waits any longer for the last one. */
	admit(): void;
	/** Resolves once the server no longer listens and the last has gone, or once it listens anew. */
	emptied(): Promise<void>;
	destroy(): void;
	uninstall(): void;
}

/**
 * `onCarrying` hears of each that can carry requests, before the first of them is read; `onCut` of each answer whose connection has
 * ended before it.
 */
export function trackSockets(
	server: NetServer,
	onCarrying: (socket: Socket) => void,
	onCut: (response: ServerResponse) => void,
): Sockets {
	const carrying = new Map<Socket, InFlight>();
	const handshakes = trackHandshakes();
	const waiting: (() => void)[] = [];
	const isTls = "setSecureContext" in server;
	let arrived = 0;
	let isLate = false;
	let isInstalled = true;

	function add(socket: Socket): InFlight {
		if (isLate) endUnused(socket);
		const inFlight = createInFlight();
		carrying.set(socket, inFlight);
		socket.once("close", () => {
			inFlight.responses().forEach(onCut);
			if (carrying.delete(socket)) tellWhenEmpty();
		});
		onCarrying(socket);
		return inFlight;
	}

	function onConnection(socket: Socket): void {
		arrived++;
		if (isTls) handshakes.begin(socket, tellWhenEmpty);
		else add(socket);
	}

	function onSecureConnection(socket: Socket): void {
		handshakes.end(socket);
		add(socket);
	}

	function tellWhenEmpty(): void {
		if (carrying.size === 0 && handshakes.size() === 0 && !server.listening) tell();
	}

	function tell(): void {
		for (const resolve of waiting.splice(0)) resolve();
	}

	const speaksHttp2 = (socket: Socket): boolean =>
		isTls ? (socket as TLSSocket).alpnProtocol === "h2" : "updateSettings" in server;

	// The last connection has ended by then, and the program may let it listen again before we hear of it.
	server.on("connection", onConnection).on("close", tell);
	if (isTls) server.on("secureConnection", onSecureConnection);

	return {
		carrying,
		inFlightOf: (socket) => carrying.get(socket) ?? add(socket),
		arrived: () => arrived,
		speaksHttp2,
		beneath: isTls ? handshakes.beneath : (socket) => socket,
		awaitsFirst() {
			if (handshakes.hasYoung(FIRST_REQUEST_MS)) return true;
			const sinceMs = performance.now() - FIRST_REQUEST_MS;
			return [...carrying].some(
				([socket, inFlight]) => inFlight.sinceMs > sinceMs && inFlight.isUnused() && !speaksHttp2(socket),
			);
		},
		refuse() {
			isLate = true;
			handshakes.endWithin(FIRST_REQUEST_MS);
		},
		admit() {
			isLate = false;
			tell();
		},
		emptied: () =>
			new Promise((resolve) => {
				waiting.push(resolve);
				if (isInstalled) tellWhenEmpty();
				else tell();
			}),
		destroy() {
			for (const socket of carrying.keys()) socket.destroy();
			handshakes.destroy();
		},
		uninstall() {
			server.off("connection", onConnection).off("close", tell);
			// Whoever takes over ends what is left.
			isInstalled = false;
			tell();
			server.off("secureConnection", onSecureConnection);
		},
	};
}
