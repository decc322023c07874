import type { Server as NetServer } from "node:net";

/**
 * Hears of events before the program does, and only while the program listens too: whoever listens for upgrades takes them
 * away from HTTP, and whoever listens for requests of HTTP/2 has them made of streams.
 */
export function listenAlong(
	server: NetServer,
	events: readonly string[],
	listener: (...args: never[]) => void,
): { uninstall(): void } {
	const heard = new Set<string>();
	const ours = listener as (...args: unknown[]) => void;
	alongside.add(ours);

	function onNewListener(event: string): void {
		if (!events.includes(event) || heard.has(event)) return;
		heard.add(event);
		server.prependListener(event, ours);
	}

	function onRemoveListener(event: string): void {
		if (!heard.has(event) || server.listeners(event).some((each) => !alongside.has(each))) return;
		heard.delete(event);
		server.off(event, ours);
	}

	for (const event of events) if (server.listenerCount(event) > 0) onNewListener(event);
	server.on("newListener", onNewListener).on("removeListener", onRemoveListener);
	return {
		uninstall() {
			server.off("newListener", onNewListener).off("removeListener", onRemoveListener);
			for (const event of heard) server.off(event, ours);
		},
	};
}

/** Those that are no reason for others of ours to stay. */
const alongside = new WeakSet<object>();
