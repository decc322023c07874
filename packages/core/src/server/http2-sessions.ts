import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server as NetServer, Socket } from "node:net";
import { FIRST_REQUEST_MS } from "./newcomers.ts";

/** The part of an HTTP/2 session that a drain needs. */
interface Http2Session {
	readonly destroyed: boolean;
	close(): void;
	destroy(): void;
	/** Stands for the connection as long as there is a session. */
	readonly socket: Socket;
	on(event: "stream", listener: (stream: Http2Stream) => void): unknown;
}

interface Http2Stream {
	readonly id: number;
	readonly session: Http2Session | undefined;
	readonly destroyed: boolean;
	readonly writableFinished: boolean;
	readonly state: { readonly state?: number };
	destroy(): void;
	once(event: "close", listener: () => void): unknown;
}

/** The HTTP/2 sessions of one server: what connections are to HTTP/1, but that they end themselves. */
export interface Http2Sessions {
	/**
	 * For each session, but those that have just begun, one that sends GOAWAY: streams that are open go on to their end, no
	 * new ones begin. Node cannot tell it ahead (RFC 9113, 6.8): what is on its way is refused, which says that it was not
	 * begun.
	 */
	goodbyes(): readonly (() => void)[];
	/** Whether one has begun just now, whose first request has not come. */
	awaitsFirst(): boolean;
	/** Sends GOAWAY to those that had just begun then, and that have begun since. */
	endOthers(): void;
	destroy(): void;
	uninstall(): void;
}

/** How long the other side may take to close its end, which it does when it has heard that the session is over. */
const GOODBYE_MS = 1_000;

/** So long behind its last answer a client has read it, or is gone. */
const ANSWER_READ_MS = 10_000;

/** Of the time that is left, what a client has to read its last answer, which nobody can see. */
const READING_SHARE = 0.5;

/** And of what is left behind that, what one has that was heard meanwhile. */
const HEARD_SHARE = 0.8;

/** What is known of a session. */
interface Kept {
	readonly session: Http2Session;
	readonly connection: Socket;
	readonly sinceMs: number;
	/** Those that are open. */
	streams: number;
	isUnused: boolean;
	usedAtMs: number;
	/** Will be told to go, one after the other with others. */
	isListed: boolean;
	timer?: NodeJS.Timeout;
}

export interface Ending {
	/** Whether a session that has nothing left to do should close. */
	readonly isEnding: () => boolean;
	/** Whether one that begins comes too late for a request. */
	readonly isLate: () => boolean;
	/** What is left of the deadline. */
	readonly leftMs: () => number;
}

export function trackSessions(server: NetServer, { isEnding, isLate, leftMs }: Ending): Http2Sessions {
	const sessions = new Map<Http2Session, Kept>();

	/** Closing twice is closing once. The connection ends when both sides have closed theirs, and one may be gone without a word. */
	function end(kept: Kept): void {
		const { session, streams, isUnused, usedAtMs } = kept;
		session.close();
		if (streams > 0 || kept.timer !== undefined || !sessions.has(session)) return;
		const hasRead = isUnused || performance.now() - usedAtMs > ANSWER_READ_MS;
		const { connection } = kept;
		const { bytesRead } = connection;
		kept.timer = setTimeout(
			() => {
				// Who sends is not gone, and may be reading what the system holds for it.
				if (isUnused || connection.bytesRead === bytesRead) connection.destroySoon();
				else kept.timer = setTimeout(() => connection.destroySoon(), shareMs(HEARD_SHARE));
			},
			Math.min(shareMs(READING_SHARE), hasRead ? GOODBYE_MS : ANSWER_READ_MS),
		);
	}

	const shareMs = (share: number): number => Math.min(leftMs() * share, ANSWER_READ_MS);

	function begin(kept: Kept, stream: Http2Stream): void {
		kept.isUnused = false;
		kept.streams++;
		stream.once("close", () => {
			kept.streams--;
			kept.usedAtMs = performance.now();
			if (isEnding()) end(kept);
		});
	}

	function onSession(session: Http2Session): void {
		// By a listener before us, or by its client.
		if (session.destroyed) return;
		const sinceMs = performance.now();
		const kept: Kept = {
			session,
			// What the session shows of it is not to be had any more once that is over; but this gives the connection itself.
			connection: session.socket.once("close", () => {
				sessions.delete(session);
				clearTimeout(kept.timer);
			}),
			sinceMs,
			streams: 0,
			isUnused: true,
			usedAtMs: sinceMs,
			isListed: false,
		};
		sessions.set(session, kept);
		session.on("stream", (stream) => begin(kept, stream));
		if (isLate()) end(kept);
	}

	/** A push is no event of its session; ids of streams that a server begins are even (RFC 9113, 5.1.1). */
	function onCreated({ stream }: { stream: Http2Stream }): void {
		const kept = stream.id % 2 === 0 && stream.session && sessions.get(stream.session);
		if (kept) begin(kept, stream);
	}

	/**
	 * Node waits for ever for the rest of an answer whose client is through with it, without an error (RST_STREAM, NO_ERROR).
	 * One that is out may have a request which is not read to its end.
	 */
	function onClose({ stream }: { stream: Http2Stream }): void {
		if (!stream.session || !sessions.has(stream.session)) return;
		setImmediate(() => {
			const { destroyed, writableFinished, state } = stream;
			if (!destroyed && !writableFinished && state.state === IDLE) stream.destroy();
		});
	}

	server.on("session", onSession);
	if ("updateSettings" in server) {
		subscribe(CREATED, onCreated as never);
		subscribe(CLOSED, onClose as never);
	}
	return {
		goodbyes() {
			const all = [...sessions.values()].filter((kept) => !isAboutToAsk(kept));
			for (const kept of all) kept.isListed = true;
			return all.map((kept) => () => end(kept));
		},
		awaitsFirst: () => [...sessions.values()].some(isAboutToAsk),
		endOthers() {
			for (const kept of sessions.values()) if (!kept.isListed) end(kept);
		},
		destroy() {
			for (const session of sessions.keys()) session.destroy();
		},
		uninstall() {
			server.off("session", onSession);
			unsubscribe(CREATED, onCreated as never);
			unsubscribe(CLOSED, onClose as never);
			// Whoever takes over ends what is left.
			for (const { timer } of sessions.values()) clearTimeout(timer);
			sessions.clear();
		},
	};
}

function isAboutToAsk({ isUnused, sinceMs }: Kept): boolean {
	return isUnused && performance.now() - sinceMs < FIRST_REQUEST_MS;
}

/** Node tells of it since 22.17; before, a push is cut that goes on for longer than the goodbye. */
const CREATED = "http2.server.stream.created";
/** Or is about to be, where its answer goes on; since 22.17 too. */
const CLOSED = "http2.server.stream.close";

/** NGHTTP2_STREAM_STATE_IDLE: nothing is known of the stream any more. */
const IDLE = 1;
