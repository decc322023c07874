import type { Server as NetServer } from "node:net";

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
	/** For each session one that sends GOAWAY: streams that are open go on to their end, no new ones begin. */
	goodbyes(): readonly (() => void)[];
	destroy(): void;
	uninstall(): void;
}

/** `isEnding` says whether a session that has nothing left to do should close. */
export function trackSessions(server: NetServer, isEnding: () => boolean): Http2Sessions {
	const sessions = new Set<Http2Session>();

	function onSession(session: Http2Session): void {
		sessions.add(session);
		session.once("close", () => sessions.delete(session));
		// Closing twice is closing once.
		const closeAtEnd = (): void => {
			if (isEnding()) session.close();
		};
		session.on("stream", (stream) => stream.once("close", closeAtEnd));
		closeAtEnd();
	}

	server.on("session", onSession);
	return {
		goodbyes: () => [...sessions].map((session) => () => session.close()),
		destroy() {
			for (const session of sessions) session.destroy();
		},
		uninstall() {
			server.off("session", onSession);
		},
	};
}
