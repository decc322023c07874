import type { Server } from "node:net";

type Closable = Server & { closeIdleConnections?: () => void };

/** How often a server of HTTP/2 is looked at, which has no idle connections to ask it for. */
const LOOK_MS = 100;

/**
 * Hears that the program closes a server by itself, which no event and no channel tells. `close()` of http begins with
 * `closeIdleConnections()`, a public method, and there we stand: `onClosed` says whether it takes care of the connections,
 * and else they are cut as Node does. A server that has none of it is looked at from time to time.
 */
export function hearClosing(server: Closable, onClosed: () => boolean): { uninstall(): void } {
	let hasListened = server.listening;
	const onListening = (): void => {
		hasListened = true;
	};
	server.on("listening", onListening);
	const uninstall = "closeIdleConnections" in server ? standIn(server, onClosed) : look();

	function look(): () => void {
		const looking = setInterval(() => {
			// It may listen again, and be closed again.
			if (hasListened && !server.listening && onClosed()) hasListened = false;
		}, LOOK_MS).unref();
		return () => clearInterval(looking);
	}

	return {
		uninstall() {
			server.off("listening", onListening);
			uninstall();
		},
	};
}

function standIn(server: Closable, onClosed: () => boolean): () => void {
	const before = Object.getOwnPropertyDescriptor(server, "closeIdleConnections");
	const { closeIdleConnections } = server;
	// Whether the server is being closed shows when the call that we are in is over.
	const value = (): void =>
		queueMicrotask(() => {
			if (server.listening || !onClosed()) closeIdleConnections!.call(server);
		});
	Object.defineProperty(server, "closeIdleConnections", { configurable: true, writable: true, value });
	return () => {
		if (before === undefined) delete server.closeIdleConnections;
		else Object.defineProperty(server, "closeIdleConnections", before);
	};
}
