import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { hearClosing } from "./closing.ts";
import type { ConnectionEvents } from "./connection-events.ts";
import { type Connections, type HttpServer, trackConnections } from "./connections.ts";

export interface TrackerEvents extends ConnectionEvents {
	/** A server is about to listen, or was found while it served. */
	onServer(connections: Connections): void;
	onListening(connections: Connections): void;
	/** The program has closed a server by itself; says whether it takes care of the connections. */
	onClosed(connections: Connections): boolean;
	/** A server could not listen, and the program has no listener that deals with it. */
	onListenError(error: Error): void;
}

/** All HTTP servers of the process. */
export interface Tracker {
	adopt(server: HttpServer): Connections;
	servers(): readonly Connections[];
	uninstall(): void;
}

interface HttpMessage {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly socket: Socket;
	readonly server: HttpServer;
}

/**
 * Finds every HTTP server of the process by Node's own diagnostics channels, whoever made it and without patching
 * anything. What a subscriber throws would become an uncaught exception, so none of them does.
 */
export function startTracker(events: TrackerEvents): Tracker {
	const tracked = new Map<HttpServer, Connections>();
	/** What was said of a server, which may be closed and listen again. */
	const drainingLast = new WeakSet<HttpServer>();
	/** Asked to listen, and do not yet. */
	const starting = new WeakSet<HttpServer>();
	const closings = new Map<HttpServer, { uninstall(): void }>();

	function adopt(server: HttpServer): Connections {
		const known = tracked.get(server);
		if (known !== undefined) return known;
		const connections = trackConnections(server, events, drainingLast);
		tracked.set(server, connections);
		closings.set(
			server,
			hearClosing(server, () => connections.isDraining() || events.onClosed(connections)),
		);
		// Emitted when it no longer listens and its last connection has ended.
		server.on("close", forgetThis);
		server.on("listening", hearThis);
		events.onServer(connections);
		if (server.listening) events.onListening(connections);
		return connections;
	}

	function forget(server: HttpServer): void {
		server.off("close", forgetThis);
		server.off("listening", hearThis);
		for (const part of [closings, tracked]) {
			part.get(server)?.uninstall();
			part.delete(server);
		}
	}

	/** Unless the program has let it listen again, when it heard of this before us. */
	async function forgetThis(this: HttpServer): Promise<void> {
		const isOver = (): boolean => !this.listening && !starting.has(this);
		const connections = tracked.get(this);
		if (isOver() && connections !== undefined && connections.inFlight().length > 0)
			await connections.abandonedThrough();
		if (isOver()) forget(this);
	}

	function hearThis(this: HttpServer): void {
		starting.delete(this);
		events.onListening(tracked.get(this)!);
	}

	const channels: readonly (readonly [string, (message: never) => void])[] = [
		[
			"tracing:net.server.listen:asyncStart",
			({ server }: { server: NetServer }) => {
				if (!isHttpServer(server)) return;
				starting.add(server);
				adopt(server);
			},
		],
		[
			"tracing:net.server.listen:error",
			({ server, error }: { server: NetServer; error: Error }) => {
				if (!isHttpServer(server)) return;
				starting.delete(server);
				forget(server);
				if (!isDealtWith(server)) events.onListenError(error);
			},
		],
		[
			"http.server.request.start",
			({ request, response, socket, server }: HttpMessage) => {
				adopt(server).onRequest(request, response, socket);
				events.onRequest(request, response);
			},
		],
		[
			"http.server.response.finish",
			({ request, response, socket, server }: HttpMessage) =>
				tracked.get(server)?.onFinish(request, response, socket),
		],
	];
	for (const [name, listener] of channels) subscribe(name, listener as never);

	return {
		adopt,
		servers: () => [...tracked.values()],
		uninstall() {
			for (const [name, listener] of channels) unsubscribe(name, listener as never);
			for (const server of [...tracked.keys()]) forget(server);
		},
	};
}

// An https server is no instance of http.Server, and http2 does not export its classes: so by what they can do.
function isHttpServer(server: NetServer): server is HttpServer {
	return server instanceof NetServer && ("keepAliveTimeout" in server || "updateSettings" in server);
}

/**
 * Whether a listener takes care of the error. Express 5 hands the callback of `listen` to both events, so a listener
 * that also waits for `listening` does not tell the two apart: its program believes that it listens.
 */
function isDealtWith(server: HttpServer): boolean {
	const forListening = server.rawListeners("listening").map(unwrapped);
	return server.rawListeners("error").some((listener) => !forListening.includes(unwrapped(listener)));
}

function unwrapped(listener: unknown): unknown {
	return (listener as { listener?: unknown }).listener ?? listener;
}
