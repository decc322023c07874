import type { IncomingMessage, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import { answerClientError } from "./client-error.ts";
import { trackHandshakes } from "./handshakes.ts";
import { trackSessions } from "./http2-sessions.ts";
import { announceClose, endWith, sayGoodbye, takeBackClose, type Upgrade } from "./last-words.ts";

/** A server that speaks HTTP: of `node:http`, `node:https` or `node:http2`. */
export type HttpServer = NetServer & {
	keepAliveTimeout?: number;
	headersTimeout?: number;
	requestTimeout?: number;
};

interface Connection {
	/** Requests that were read and not yet answered, in their order. */
	readonly inFlight: Set<IncomingMessage>;
	/** It has left HTTP, by an upgrade or a CONNECT. */
	upgrade: Upgrade | undefined;
}

/** The connections of one server, and how they are brought to an end. */
export interface Connections {
	readonly server: HttpServer;
	/** Goes on serving until the others have ended, such as one for probes and metrics. */
	drainsLast: boolean;
	/** Requests that are being served. */
	inFlight(): IncomingMessage[];
	onRequest(request: IncomingMessage, response: ServerResponse, socket: Socket): void;
	onFinish(request: IncomingMessage, response: ServerResponse, socket: Socket): void;
	/**
	 * Stops listening, tells clients with every answer that it is the last, keeps idle connections for `lingerMs`,
	 * and resolves when the last connection has ended.
	 */
	drain(lingerMs: number): Promise<void>;
	/** Cuts what is left. */
	destroy(): void;
	uninstall(): void;
}

/** Events by which a connection stops speaking HTTP. */
const LEAVES_HTTP: readonly string[] = ["upgrade", "connect"];

export function trackConnections(
	server: HttpServer,
	onClientError: (error: Error, status: number | undefined) => void,
): Connections {
	const connections = new Map<Socket, Connection>();
	const handshakes = trackHandshakes();
	const leavingHeard = new Set<string>();
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

	function onListening(): void {
		hasListened = true;
	}

	function onConnection(socket: Socket): void {
		if (isLingerOver) socket.destroy();
		connections.set(socket, { inFlight: new Set(), upgrade: undefined });
		socket.once("close", () => {
			connections.delete(socket);
			tellWhenEmpty();
		});
	}

	function onRawConnection(socket: Socket): void {
		handshakes.begin(socket, tellWhenEmpty);
	}

	function onSecureConnection(socket: Socket): void {
		handshakes.end(socket);
		onConnection(socket);
	}

	function onUpgrade(request: IncomingMessage, socket: Socket): void {
		const connection = connections.get(socket);
		if (connection === undefined) return;
		connection.upgrade = {
			protocol: request.headers.upgrade?.toLowerCase(),
			bytesBefore: socket.bytesWritten,
		};
	}

	// A listener takes the answer away from Node: so ours answers, but only where the program does not.
	function onBadBytes(error: Error, socket: Socket): void {
		const isOurs = server.listenerCount("clientError") === 1;
		// An answer that has begun must not be followed by another; the one request whose body is bad is answered here.
		const inFlight = [...(connections.get(socket)?.inFlight ?? [])];
		const isAnswering =
			inFlight.length > 1 || inFlight.some((request) => responses.get(request)?.headersSent);
		onClientError(error, isOurs ? answerClientError(error, socket, isAnswering) : undefined);
	}

	// Whoever listens for upgrades takes them away from HTTP: so we listen only once the program does.
	function onNewListener(event: string): void {
		if (!LEAVES_HTTP.includes(event) || leavingHeard.has(event)) return;
		leavingHeard.add(event);
		server.prependListener(event, onUpgrade);
	}

	function tellWhenEmpty(): void {
		if (connections.size > 0 || handshakes.size() > 0 || server.listening) return;
		for (const resolve of emptied.splice(0)) resolve();
	}

	function closeIdle(): void {
		isLingerOver = true;
		handshakes.destroy();
		for (const [socket, connection] of connections) {
			if (connection.upgrade !== undefined) sayGoodbye(socket, connection.upgrade);
			else if (connection.inFlight.size === 0 && !speaksHttp2(socket)) socket.destroy();
		}
	}

	async function drain(lingerMs: number): Promise<void> {
		isDraining = true;
		// Not http's own close(), which would cut idle connections that a proxy is about to use.
		if (server.listening) NetServer.prototype.close.call(server);
		for (const connection of connections.values()) announceLast(connection);
		sessions.close();
		if (lingerMs > 0) await new Promise((resolve) => setTimeout(resolve, lingerMs));
		// What has arrived already is read before idle connections are looked for.
		else await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
		closeIdle();
		await new Promise<void>((resolve) => {
			emptied.push(resolve);
			tellWhenEmpty();
		});
	}

	const responses = new WeakMap<IncomingMessage, ServerResponse>();

	// Node ends a connection with the answer that says close: of several on the way only the last may say it.
	function announceLast({ inFlight }: Connection): void {
		const onTheWay = [...inFlight].map((request) => responses.get(request)!);
		const last = onTheWay.pop();
		for (const response of onTheWay) takeBackClose(response);
		if (last !== undefined) announceClose(last);
	}

	if (isTls) {
		server.on("connection", onRawConnection);
		server.on("secureConnection", onSecureConnection);
	} else {
		server.on("connection", onConnection);
	}
	server.on("clientError", onBadBytes);
	server.on("listening", onListening);
	server.on("close", tellWhenEmpty);
	for (const event of LEAVES_HTTP) if (server.listenerCount(event) > 0) onNewListener(event);
	server.on("newListener", onNewListener);

	return {
		server,
		drainsLast: false,
		inFlight: () => [...connections.values()].flatMap((connection) => [...connection.inFlight]),
		onRequest(request, response, socket) {
			let connection = connections.get(socket);
			if (connection === undefined) {
				// A connection from before we came.
				onConnection(socket);
				connection = connections.get(socket)!;
			}
			connection.inFlight.add(request);
			responses.set(request, response);
			if (isDraining || isClosed()) announceLast(connection);
		},
		onFinish(request, response, socket) {
			const connection = connections.get(socket);
			if (connection === undefined) return;
			connection.inFlight.delete(request);
			// Also where the program itself has called server.close(), which no event tells.
			if (!isDraining && !isClosed()) return;
			if (connection.inFlight.size === 0 && connection.upgrade === undefined)
				endWith(socket, request, response);
		},
		drain(lingerMs) {
			drained ??= drain(lingerMs);
			return drained;
		},
		destroy() {
			sessions.destroy();
			for (const socket of connections.keys()) socket.destroy();
			handshakes.destroy();
		},
		uninstall() {
			for (const listener of [onConnection, onRawConnection]) server.off("connection", listener);
			server.off("secureConnection", onSecureConnection);
			sessions.uninstall();
			server.off("clientError", onBadBytes);
			server.off("listening", onListening);
			server.off("close", tellWhenEmpty);
			for (const event of LEAVES_HTTP) server.off(event, onUpgrade);
			server.off("newListener", onNewListener);
		},
	};
}
