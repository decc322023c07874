import type { Server as NetServer, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { trackHandshakes } from "./handshakes.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import { endUnused } from "./last-words.ts";

/** A handshake that takes no longer than this is let go to its end: to be reset in it looks like an attack to a client. */
const HANDSHAKE_MS = 250;

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
	/** From now on those that come are too late, and handshakes have to come to their end. */
	refuse(): void;
	/** Resolves once the server no longer listens and the last has gone. */
	emptied(): Promise<void>;
	destroy(): void;
	uninstall(): void;
}

export function trackSockets(server: NetServer): Sockets {
	const carrying = new Map<Socket, InFlight>();
	const handshakes = trackHandshakes();
	const waiting: (() => void)[] = [];
	const isTls = "setSecureContext" in server;
	let arrived = 0;
	let isLate = false;

	function add(socket: Socket): InFlight {
		if (isLate) endUnused(socket);
		const inFlight = createInFlight();
		carrying.set(socket, inFlight);
		socket.once("close", () => {
			if (carrying.delete(socket)) tellWhenEmpty();
		});
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
		if (carrying.size > 0 || handshakes.size() > 0 || server.listening) return;
		for (const resolve of waiting.splice(0)) resolve();
	}

	server.on("connection", onConnection).on("close", tellWhenEmpty);
	if (isTls) server.on("secureConnection", onSecureConnection);

	return {
		carrying,
		inFlightOf: (socket) => carrying.get(socket) ?? add(socket),
		arrived: () => arrived,
		speaksHttp2: (socket) =>
			isTls ? (socket as TLSSocket).alpnProtocol === "h2" : "updateSettings" in server,
		beneath: isTls ? handshakes.beneath : (socket) => socket,
		refuse() {
			isLate = true;
			handshakes.endWithin(HANDSHAKE_MS);
		},
		emptied: () =>
			new Promise((resolve) => {
				waiting.push(resolve);
				tellWhenEmpty();
			}),
		destroy() {
			for (const socket of carrying.keys()) socket.destroy();
			handshakes.destroy();
		},
		uninstall() {
			server.off("connection", onConnection).off("close", tellWhenEmpty);
			server.off("secureConnection", onSecureConnection);
		},
	};
}
