import type { Server as NetServer, Socket } from "node:net";
import { FIRST_REQUEST_MS } from "./newcomers.ts";

/** The part of an HTTP/2 session that a drain needs. */
interface Http2Session {
	close(): void;
	destroy(): void;
	/** Stands for the connection as long as there is a session. */
	readonly socket: Socket;
	once(event: "close", listener: () => void): unknown;
	on(
		event: "stream",
		listener: (stream: { once(event: "close", listener: () => void): unknown }) => void,
	): unknown;
}

/** The HTTP/2 sessions of one server: what connections are to HTTP/1, but that they end themselves. */
export interface Http2Sessions {
	/**
	 * For each session, but those that have just begun, one that sends GOAWAY: streams that are open go on to their end, no
	 * new ones begin.
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

/** What is known of a session. */
interface Kept {
	readonly session: Http2Session;
	readonly sinceMs: number;
	/** Those that are open. */
	streams: number;
	isUnused: boolean;
	usedAtMs: number;
	/** Will be told to go, one after the other with others. */
	isListed: boolean;
	/** Ends the connection when all is written. */
	readonly destroySoon: () => void;
	timer?: NodeJS.Timeout;
}

export interface Ending {
	/** Whether a session that has nothing left to do should close. */
	readonly isEnding: () => boolean;
	/** Whether one that begins comes too late for a request. */
	readonly isLate: () => boolean;
	/** How long a client may take to read its last answer, which nobody can see. */
	readonly readingMs: () => number;
}

export function trackSessions(server: NetServer, { isEnding, isLate, readingMs }: Ending): Http2Sessions {
	const sessions = new Set<Kept>();

	/** Closing twice is closing once. The connection ends when both sides have closed theirs, and one may be gone without a word. */
	function end(kept: Kept): void {
		const { session, streams, isUnused, usedAtMs, destroySoon } = kept;
		session.close();
		if (streams > 0) return;
		const hasRead = isUnused || performance.now() - usedAtMs > ANSWER_READ_MS;
		kept.timer ??= setTimeout(destroySoon, hasRead ? GOODBYE_MS : Math.min(readingMs(), LONGEST_TIMER_MS));
	}

	function onSession(session: Http2Session): void {
		const sinceMs = performance.now();
		const kept: Kept = {
			session,
			sinceMs,
			streams: 0,
			isUnused: true,
			usedAtMs: sinceMs,
			isListed: false,
			// Bound to the connection itself, which is not to be had any more once the session is over.
			destroySoon: session.socket.destroySoon,
		};
		sessions.add(kept);
		session.once("close", () => {
			sessions.delete(kept);
			clearTimeout(kept.timer);
		});
		session.on("stream", (stream) => {
			kept.isUnused = false;
			kept.streams++;
			stream.once("close", () => {
				kept.streams--;
				kept.usedAtMs = performance.now();
				if (isEnding()) end(kept);
			});
		});
		if (isLate()) end(kept);
	}

	server.on("session", onSession);
	return {
		goodbyes() {
			const all = [...sessions].filter((kept) => !isAboutToAsk(kept));
			for (const kept of all) kept.isListed = true;
			return all.map((kept) => () => end(kept));
		},
		awaitsFirst: () => [...sessions].some(isAboutToAsk),
		endOthers() {
			for (const kept of sessions) if (!kept.isListed) end(kept);
		},
		destroy() {
			for (const { session } of sessions) session.destroy();
		},
		uninstall() {
			server.off("session", onSession);
		},
	};
}

function isAboutToAsk({ isUnused, sinceMs }: Kept): boolean {
	return isUnused && performance.now() - sinceMs < FIRST_REQUEST_MS;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
