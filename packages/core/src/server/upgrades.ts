import type { IncomingMessage } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import { isAgreed, sayGoodbye, type Upgrade } from "./last-words.ts";

/** Events by which a connection stops speaking HTTP. */
const LEAVES_HTTP: readonly string[] = ["upgrade", "connect"];

/** The connections of one server that have left HTTP, such as WebSockets. */
export interface Upgrades {
	has(socket: Socket): boolean;
	/** For each that the program has agreed to one that says goodbye, which the caller does sooner or later. */
	goodbyes(): readonly (() => void)[];
	/** Says goodbye to those that came since, and refuses those that were never agreed to. */
	endOthers(): void;
	uninstall(): void;
}

export function trackUpgrades(server: NetServer): Upgrades {
	const upgrades = new Map<Socket, Upgrade>();
	const heard = new Set<string>();

	function onUpgrade(request: IncomingMessage, socket: Socket): void {
		upgrades.set(socket, {
			protocol: request.headers.upgrade?.toLowerCase(),
			bytesBefore: socket.bytesWritten,
		});
		socket.once("close", () => upgrades.delete(socket));
	}

	// Whoever listens for upgrades takes them away from HTTP: so we listen only once the program does.
	function onNewListener(event: string): void {
		if (!LEAVES_HTTP.includes(event) || heard.has(event)) return;
		heard.add(event);
		server.prependListener(event, onUpgrade);
	}

	const expected = new WeakSet<Socket>();

	function goodbyes(): (() => void)[] {
		const agreed = [...upgrades].filter(([socket, upgrade]) => isAgreed(socket, upgrade));
		return agreed.map(([socket, upgrade]) => {
			expected.add(socket);
			return () => sayGoodbye(socket, upgrade);
		});
	}

	for (const event of LEAVES_HTTP) if (server.listenerCount(event) > 0) onNewListener(event);
	server.on("newListener", onNewListener);
	return {
		has: (socket) => upgrades.has(socket),
		goodbyes,
		endOthers() {
			for (const [socket, upgrade] of upgrades) if (!expected.has(socket)) sayGoodbye(socket, upgrade);
		},
		uninstall() {
			server.off("newListener", onNewListener);
			for (const event of LEAVES_HTTP) server.off(event, onUpgrade);
		},
	};
}
