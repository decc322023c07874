import type { IncomingMessage, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { announceDrain, isDrainAwaited } from "../exchange/drain.ts";
import { spreadOut } from "../spread.ts";
import { trackAbandoned } from "./abandoned.ts";
import { hearBadBytes, refusedByNode } from "./client-error.ts";
import type { ConnectionEvents } from "./connection-events.ts";
import type { DrainWaits } from "./drain-waits.ts";
import { hearDrops } from "./drops.ts";
import { trackHttp2Requests } from "./http2-requests.ts";
import { trackSessions } from "./http2-sessions.ts";
import { createHush } from "./hush.ts";
import { endWith } from "./last-words.ts";
import { linger } from "./linger.ts";
import { awaitNewcomers } from "./newcomers.ts";
import { quietMoment } from "./quiet.ts";
import { trackSending } from "./sending.ts";
import { trackSockets } from "./sockets.ts";
import { takeWaiting } from "./take-waiting.ts";
import { trackUpgrades } from "./upgrades.ts";

/** A server that speaks HTTP: of `node:http`, `node:https` or `node:http2`. */
export type HttpServer = NetServer & {
	keepAliveTimeout?: number;
	headersTimeout?: number;
	requestTimeout?: number;
};

/** The connections of one server, and how they are brought to an end. */
export interface Connections {
	readonly server: HttpServer;
	/** Goes on serving until the others have ended, such as one for probes and metrics. */
	drainsLast: boolean;
	/** Requests that are being served, those included whose client has gone. */
	inFlight(): IncomingMessage[];
	isDraining(): boolean;
	/** Takes the connections that wait to be taken, for so long at most, and stops listening; at once where that is 0. */
	stopListening(arrivalsMs: number): Promise<void>;
	onRequest(request: IncomingMessage, response: ServerResponse, socket: Socket): void;
	onFinish(request: IncomingMessage, response: ServerResponse, socket: Socket): void;
	/**
	 * Tells clients with every answer that it is the last, and those whose connection would go on for
	 * ever to go, and resolves when the last connection has ended.
	 */
	drain(waits: DrainWaits): Promise<void>;
	/** Resolves once no handler is at work whose client has gone, or after some seconds. */
	abandonedThrough(): Promise<unknown>;
	/** Cuts clients that take nothing for so long of what waits for them. */
	limitSending(timeoutMs: number): void;
	/** Cuts what is left. */
	destroy(): void;
	uninstall(): void;
}

export function trackConnections(
	server: HttpServer,
	{ onBadBytes, onUpgradeEnd, onStall, onDrop, onGiveUp, onRequest: onHttp2Request }: ConnectionEvents,
	drainingLast: WeakSet<HttpServer>,
): Connections {
	const hush = createHush(isIdle);
	const abandoned = trackAbandoned();
	const sockets = trackSockets(server, hush.arrive, abandoned.add);
	const { carrying } = sockets;
	const upgrades = trackUpgrades(server, onUpgradeEnd);
	let asked = 0;
	let isDraining = false;
	let isLingerOver = false;
	let drained: Promise<void> | undefined;
	let endsAtMs = Number.POSITIVE_INFINITY;
	/** Counts how often the server has begun to listen: a drain is over where it does so again. */
	let beginnings = 0;

	let hasListened = server.listening;
	/** Whether the program has closed it; one that is handed its connections by another server never listens. */
	const isClosed = (): boolean => hasListened && !server.listening;
	const isEnding = (): boolean => isDraining || isClosed();
	const sessions = trackSessions(server, {
		isEnding,
		isLate: () => (isDraining ? isLingerOver : isClosed()),
		leftMs: () => Math.max(0, endsAtMs - performance.now()),
	});
	const badBytes = hearBadBytes(server, (socket) => carrying.get(socket), onBadBytes);
	const overHttp2 = trackHttp2Requests(server, {
		onRequest(request, response) {
			if (isEnding()) announceDrain(request);
			onHttp2Request(request, response);
		},
		onOver: abandoned.add,
	});
	const awaited = (): IncomingMessage[] => [
		...[...carrying.values()].flatMap((inFlight) => inFlight.requests()),
		...overHttp2.inFlight(),
	];
	const requests = (): IncomingMessage[] => [...awaited(), ...abandoned.requests()];
	const drops = hearDrops(server, onDrop);
	const sending = trackSending({
		// What has left HTTP is the program's.
		sockets: () => [...carrying.keys()].filter((socket) => !upgrades.has(socket)),
		beneath: sockets.beneath,
		requests: awaited,
		onStall,
	});

	function onListening(): void {
		hasListened = true;
		beginnings++;
		isDraining = false;
		isLingerOver = false;
		drained = undefined;
		sockets.admit();
	}

	function isIdle(socket: Socket): boolean {
		return carrying.get(socket)?.size === 0 && !upgrades.has(socket) && !sockets.speaksHttp2(socket);
	}

	const hasIdle = (): boolean => [...carrying.keys()].some(isIdle);

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
	async function stopListening(arrivalsMs: number): Promise<void> {
		if (server.listening && arrivalsMs > 0)
			await takeWaiting(sockets.arrived, arrivalsMs, hush, () => carrying.keys());
		if (server.listening) NetServer.prototype.close.call(server);
		hush.end();
	}

	/** A client that has just connected is about to ask, and what it has asked may have arrived unread. */
	async function takeArrivals(untilMs: number): Promise<void> {
		const leftMs = (): number => untilMs - performance.now();
		await awaitNewcomers(() => sockets.awaitsFirst() || sessions.awaitsFirst(), leftMs());
		await quietMoment(() => asked, hasIdle() ? leftMs() : 0);
	}

	async function drain({ lingerMs, spreadMs, arrivalsMs, withinMs }: DrainWaits): Promise<void> {
		isDraining = true;
		endsAtMs = performance.now() + withinMs;
		const beginning = beginnings;
		await stopListening(arrivalsMs);
		for (const inFlight of carrying.values()) inFlight.announceLast();
		spreadOut(goodbyes(), spreadMs);
		const untilMs = performance.now() + lingerMs + arrivalsMs;
		await linger(lingerMs, arrivalsMs, () => asked, hasIdle);
		await takeArrivals(untilMs);
		if (beginning !== beginnings) return;
		isLingerOver = true;
		sockets.refuse();
		sessions.endOthers();
		upgrades.endOthers();
		for (const socket of carrying.keys()) if (isIdle(socket)) socket.destroy();
		await sockets.emptied();
		// The streams of a session that was cut end behind its connection.
		await turn();
		onGiveUp(await abandoned.through((endsAtMs - performance.now()) / 2));
	}

	server.on("listening", onListening);

	return {
		server,
		get drainsLast() {
			return drainingLast.has(server);
		},
		set drainsLast(isLast) {
			if (isLast) drainingLast.add(server);
			else drainingLast.delete(server);
		},
		inFlight: requests,
		isDraining: () => isDraining,
		stopListening,
		onRequest(request, response, socket) {
			asked++;
			const inFlight = sockets.inFlightOf(socket);
			inFlight.add(response);
			if (!isEnding()) return;
			inFlight.announceLast();
			announceDrain(request);
		},
		onFinish(request, response, socket) {
			const inFlight = carrying.get(socket);
			if (inFlight === undefined) return;
			inFlight.delete(response);
			const error = refusedByNode(request, response);
			if (error !== undefined) {
				const { remoteAddress: peer } = socket;
				onBadBytes({ error, status: response.statusCode, peer, isEmpty: false, request });
			}
			if (request.complete) hush.rest(socket);
			// Also where the program itself has called server.close(), which no event tells.
			if (!isEnding() || inFlight.size > 0 || upgrades.has(socket)) return;
			// A proxy that was not told by the head counts on this connection too, until idle ones are closed.
			const stays = isDraining && !isLingerOver && request.complete;
			if (!stays) endWith(socket, request, response);
		},
		drain(waits) {
			drained ??= drain(waits);
			return drained;
		},
		abandonedThrough: () => abandoned.through(Number.POSITIVE_INFINITY),
		limitSending: sending.limit,
		destroy() {
			for (const part of [abandoned, sessions, sockets]) part.destroy();
		},
		uninstall() {
			for (const part of [sockets, drops, sending, sessions, overHttp2, badBytes, upgrades]) part.uninstall();
			server.off("listening", onListening);
		},
	};
}
