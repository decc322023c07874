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

/** A connection that had left HTTP and is over. */
export interface EndedUpgrade {
	readonly request: IncomingMessage;
	/** What it had become; none for a CONNECT. */
	readonly protocol: string | undefined;
	/** Nobody has answered the wish to leave HTTP. */
	readonly isUnanswered: boolean;
	readonly startedAtMs: number;
	/** Who was at its other end: the proxy, where one stands in front. */
	readonly peer: string | undefined;
}

export function trackUpgrades(server: NetServer, onEnd: (ended: EndedUpgrade) => void): Upgrades {
	const upgrades = new Map<Socket, Upgrade>();
	const heard = new Set<string>();

	function onUpgrade(request: IncomingMessage, socket: Socket): void {
		// There it is one stream of many, with an answer in place of a socket.
		if (request.httpVersionMajor === 2) return;
		const protocol = request.headers.upgrade?.toLowerCase();
		const upgrade: Upgrade = { protocol, bytesBefore: socket.bytesWritten };
		const startedAtMs = performance.now();
		const { remoteAddress: peer } = socket;
		upgrades.set(socket, upgrade);
		socket.once("close", () => {
			upgrades.delete(socket);
			onEnd({ request, protocol, isUnanswered: !isAgreed(socket, upgrade), startedAtMs, peer });
		});
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
