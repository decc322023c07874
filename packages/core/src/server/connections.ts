import type { IncomingMessage, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { announceDrain, isDrainAwaited } from "../exchange/drain.ts";
import { spreadOut } from "../spread.ts";
import { BACKLOG_MS, takeBacklog } from "./backlog.ts";
import { hearBadBytes, refusedByNode } from "./client-error.ts";
import type { ConnectionEvents } from "./connection-events.ts";
import { hearDrops } from "./drops.ts";
import { trackHandshakes } from "./handshakes.ts";
import { trackHttp2Requests } from "./http2-requests.ts";
import { trackSessions } from "./http2-sessions.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import { endUnused, endWith } from "./last-words.ts";
import { trackSending } from "./sending.ts";
import { trackUpgrades } from "./upgrades.ts";

/** A server that speaks HTTP: of `node:http`, `node:https` or `node:http2`. */
export type HttpServer = NetServer & {
	keepAliveTimeout?: number;
	headersTimeout?: number;
	requestTimeout?: number;
};

/** A handshake that takes no longer than this is let go to its end: to be reset in it looks like an attack to a client. */
const HANDSHAKE_MS = 250;

export interface DrainWaits {
	/** How long idle connections are kept. */
	readonly lingerMs: number;
	/** Within what time those are told to go whose connection would go on for ever. */
	readonly spreadMs: number;
}

/** The connections of one server, and how they are brought to an end. */
export interface Connections {
	readonly server: HttpServer;
	/** Goes on serving until the others have ended, such as one for probes and metrics. */
	drainsLast: boolean;
	/** Requests that are being served. */
	inFlight(): IncomingMessage[];
	isDraining(): boolean;
	/** Takes the connections that wait to be taken, for so long at most; before a drain, which resets what waits then. */
	takeBacklog(limitMs: number): Promise<void>;
	onRequest(request: IncomingMessage, response: ServerResponse, socket: Socket): void;
	onFinish(request: IncomingMessage, response: ServerResponse, socket: Socket): void;
	/**
	 * Stops listening, tells clients with every answer that it is the last, and those whose connection would go on for
	 * ever to go, and resolves when the last connection has ended.
	 */
	drain(waits: DrainWaits): Promise<void>;
	/** Cuts clients that take nothing for so long of what waits for them. */
	limitSending(timeoutMs: number): void;
	/** For one that began to listen while it was drained. */
	stopListening(): void;
	/** Cuts what is left. */
	destroy(): void;
	uninstall(): void;
}

export function trackConnections(
	server: HttpServer,
	{ onBadBytes, onUpgradeEnd, onStall, onDrop, onRequest: onHttp2Request }: ConnectionEvents,
): Connections {
	const connections = new Map<Socket, InFlight>();
	const handshakes = trackHandshakes();
	const upgrades = trackUpgrades(server, onUpgradeEnd);
	const emptied: (() => void)[] = [];
	let isDraining = false;
	let isLingerOver = false;
	let drained: Promise<void> | undefined;

	const isTls = "setSecureContext" in server;
	let hasListened = server.listening;
	/** Whether the program has closed it; one that is handed its connections by another server never listens. */
	const isClosed = (): boolean => hasListened && !server.listening;

	/** A session of HTTP/2 ends its connection itself. */
	function speaksHttp2(socket: Socket): boolean {
		return isTls ? (socket as TLSSocket).alpnProtocol === "h2" : "updateSettings" in server;
	}

	const sessions = trackSessions(server, () => isDraining || isClosed());
	const badBytes = hearBadBytes(server, (socket) => connections.get(socket), onBadBytes);
	const overHttp2 = trackHttp2Requests(server, onHttp2Request);
	const requests = (): IncomingMessage[] => [
		...[...connections.values()].flatMap((inFlight) => inFlight.requests()),
		...overHttp2.inFlight(),
	];
	const drops = hearDrops(server, onDrop);
	const sending = trackSending({
		// What has left HTTP is the program's.
		sockets: () => [...connections.keys()].filter((socket) => !upgrades.has(socket)),
		beneath: isTls ? handshakes.beneath : (socket) => socket,
		requests,
		onStall,
	});

	function onListening(): void {
		hasListened = true;
	}

	/** Also for a connection from before we came. */
	function onConnection(socket: Socket): InFlight {
		if (isLingerOver) endUnused(socket);
		const inFlight = createInFlight();
		connections.set(socket, inFlight);
		socket.once("close", () => {
			if (connections.delete(socket)) tellWhenEmpty();
		});
		return inFlight;
	}

	function onRawConnection(socket: Socket): void {
		handshakes.begin(socket, tellWhenEmpty);
	}

	function onSecureConnection(socket: Socket): void {
		handshakes.end(socket);
		onConnection(socket);
	}

	function tellWhenEmpty(): void {
		if (connections.size > 0 || handshakes.size() > 0 || server.listening) return;
		for (const resolve of emptied.splice(0)) resolve();
	}

	function closeIdle(): void {
		isLingerOver = true;
		handshakes.endWithin(HANDSHAKE_MS);
		upgrades.endOthers();
		for (const [socket, inFlight] of connections) {
			if (inFlight.size === 0 && !upgrades.has(socket) && !speaksHttp2(socket)) socket.destroy();
		}
	}

	/** To those that would go on for ever: upgraded connections, sessions, and answers that somebody can end. */
	function goodbyes(): (() => void)[] {
		const all = [...sessions.goodbyes(), ...upgrades.goodbyes()];
		for (const request of requests()) {
			if (isDrainAwaited(request)) all.push(() => announceDrain(request));
			else announceDrain(request);
		}
		return all;
	}

	// Not http's own close(), which would cut idle connections that a proxy is about to use.
	function stopListening(): void {
		if (server.listening) NetServer.prototype.close.call(server);
	}

	async function drain({ lingerMs, spreadMs }: DrainWaits): Promise<void> {
		isDraining = true;
		stopListening();
		for (const inFlight of connections.values()) inFlight.announceLast();
		spreadOut(goodbyes(), spreadMs);
		if (lingerMs > 0) await new Promise((resolve) => setTimeout(resolve, lingerMs));
		// What has arrived already is read before idle connections are looked for.
		else await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
		closeIdle();
		await new Promise<void>((resolve) => {
			emptied.push(resolve);
			tellWhenEmpty();
		});
	}

	if (isTls) {
		server.on("connection", onRawConnection);
		server.on("secureConnection", onSecureConnection);
	} else {
		server.on("connection", onConnection);
	}
	server.on("listening", onListening).on("close", tellWhenEmpty);

	return {
		server,
		drainsLast: false,
		inFlight: requests,
		isDraining: () => isDraining,
		takeBacklog: (limitMs) => takeBacklog(server, Math.min(limitMs, BACKLOG_MS)),
		onRequest(request, response, socket) {
			const inFlight = connections.get(socket) ?? onConnection(socket);
			inFlight.add(response);
			if (!isDraining && !isClosed()) return;
			inFlight.announceLast();
			announceDrain(request);
		},
		onFinish(request, response, socket) {
			const inFlight = connections.get(socket);
			if (inFlight === undefined) return;
			inFlight.delete(response);
			const error = refusedByNode(request, response);
			if (error !== undefined) {
				const peer = socket.remoteAddress;
				onBadBytes({ error, status: response.statusCode, peer, isEmpty: false, request });
			}
			// Also where the program itself has called server.close(), which no event tells.
			if (!isDraining && !isClosed()) return;
			if (inFlight.size === 0 && !upgrades.has(socket)) endWith(socket, request, response);
		},
		drain(waits) {
			drained ??= drain(waits);
			return drained;
		},
		limitSending: sending.limit,
		stopListening,
		destroy() {
			sessions.destroy();
			for (const socket of connections.keys()) socket.destroy();
			handshakes.destroy();
		},
		uninstall() {
			for (const listener of [onConnection, onRawConnection]) server.off("connection", listener);
			server.off("secureConnection", onSecureConnection);
			for (const part of [drops, sending, sessions, overHttp2, badBytes, upgrades]) part.uninstall();
			server.off("listening", onListening);
			server.off("close", tellWhenEmpty);
		},
	};
}
