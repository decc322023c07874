import type { Server as NetServer } from "node:net";

/**
 * Hears of events before the program does, and only while the program listens too: whoever listens for upgrades takes them
 * away from HTTP, and whoever listens for requests of HTTP/2 has them made of streams. What is heard may come twice: a
 * program may keep listeners, ours among them, and hand events to them by itself.
 */
export function listenAlong(
	server: NetServer,
	events: readonly string[],
	listener: (...args: never[]) => void,
): { uninstall(): void } {
	const ours = listener as (...args: unknown[]) => void;
	alongside.add(ours);

	const isHeard = (event: string): boolean => server.listeners(event).includes(ours);

	function onNewListener(event: string, added?: object): void {
		const isProgram = added === undefined || !alongside.has(added);
		if (isProgram && events.includes(event) && !isHeard(event)) server.prependListener(event, ours);
	}

	function withdraw(event: string): void {
		while (isHeard(event)) server.off(event, ours);
	}

	function onRemoveListener(event: string): void {
		if (!isHeard(event)) return;
		// Not at once: Node may be taking away one after the other.
		queueMicrotask(() => {
			if (server.listeners(event).every((each) => alongside.has(each))) withdraw(event);
		});
	}

	for (const event of events) if (server.listenerCount(event) > 0) onNewListener(event);
	server.on("newListener", onNewListener).on("removeListener", onRemoveListener);
	return {
		uninstall() {
			server.off("newListener", onNewListener).off("removeListener", onRemoveListener);
			for (const event of events) withdraw(event);
		},
	};
}

/** Those that are no reason for others of ours to stay. */
const alongside = new WeakSet<object>();
