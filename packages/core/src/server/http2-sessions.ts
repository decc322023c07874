import type { Server as NetServer } from "node:net";
import { FIRST_REQUEST_MS } from "./sockets.ts";

/** The part of an HTTP/2 session that a drain needs. */
interface Http2Session {
	close(): void;
	destroy(): void;
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

/**
 * `isEnding` says whether a session that has nothing left to do should close, and `isLate` whether one that begins comes
 * too late for a request.
 */
export function trackSessions(
	server: NetServer,
	isEnding: () => boolean,
	isLate: () => boolean,
): Http2Sessions {
	const sessions = new Set<Http2Session>();
	/** Those that have had no request, with when they began. */
	const unused = new Map<Http2Session, number>();
	const leaving = new WeakSet<Http2Session>();

	function isAboutToAsk(session: Http2Session): boolean {
		const begunAtMs = unused.get(session);
		return begunAtMs !== undefined && performance.now() - begunAtMs < FIRST_REQUEST_MS;
	}

	function onSession(session: Http2Session): void {
		sessions.add(session);
		unused.set(session, performance.now());
		session.once("close", () => {
			sessions.delete(session);
			unused.delete(session);
		});
		session.on("stream", (stream) => {
			unused.delete(session);
			stream.once("close", () => {
				if (isEnding()) session.close();
			});
		});
		if (isLate()) session.close();
	}

	server.on("session", onSession);
	return {
		goodbyes() {
			const all = [...sessions].filter((session) => !isAboutToAsk(session));
			for (const session of all) leaving.add(session);
			// Closing twice is closing once.
			return all.map((session) => () => session.close());
		},
		awaitsFirst: () => [...unused.keys()].some(isAboutToAsk),
		endOthers() {
			for (const session of sessions) if (!leaving.has(session)) session.close();
		},
		destroy() {
			for (const session of sessions) session.destroy();
		},
		uninstall() {
			server.off("session", onSession);
		},
	};
}
