import type { IncomingMessage } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import { isAgreed, sayGoodbye, type Upgrade } from "./last-words.ts";
import { listenAlong } from "./listen-along.ts";

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

	function onUpgrade(request: IncomingMessage, socket: Socket): void {
		// There it is one stream of many, with an answer in place of a socket.
		if (request.httpVersionMajor === 2 || upgrades.has(socket)) return;
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

	const expected = new WeakSet<Socket>();

	function goodbyes(): (() => void)[] {
		const agreed = [...upgrades].filter(([socket, upgrade]) => isAgreed(socket, upgrade));
		return agreed.map(([socket, upgrade]) => {
			expected.add(socket);
			return () => sayGoodbye(socket, upgrade);
		});
	}

	const { uninstall } = listenAlong(server, LEAVES_HTTP, onUpgrade);
	return {
		has: (socket) => upgrades.has(socket),
		goodbyes,
		endOthers() {
			for (const [socket, upgrade] of upgrades) if (!expected.has(socket)) sayGoodbye(socket, upgrade);
		},
		uninstall,
	};
}
