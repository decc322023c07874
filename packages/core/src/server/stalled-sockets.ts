import type { Socket } from "node:net";

export interface StalledSockets {
	/** Looks where bytes wait; has to come round several times within the time that they may. */
	look(sockets: Iterable<Socket>): void;
}

interface Seen {
	readonly takenBytes: number;
	readonly sinceMs: number;
	looks: number;
}

/** A loop that was blocked has sent nothing either, and comes round late: what it finds then says nothing of the client. */
const MIN_LOOKS = 3;

/** Finds connections whose client takes nothing of what waits for it. */
export function watchSockets(
	timeoutMs: number,
	beneath: (socket: Socket) => Socket | undefined,
	onStall: (socket: Socket) => void,
): StalledSockets {
	const seen = new WeakMap<Socket, Seen>();

	function lookAt(socket: Socket, now: number): void {
		const raw = socket.writableLength > 0 ? beneath(socket) : undefined;
		const waitingBytes = raw && bytesInSystemQueue(raw);
		if (waitingBytes === undefined) {
			seen.delete(socket);
			return;
		}
		const takenBytes = raw!.bytesWritten - waitingBytes;
		const last = seen.get(socket);
		if (last?.takenBytes !== takenBytes) seen.set(socket, { takenBytes, sinceMs: now, looks: 1 });
		else if (++last.looks > MIN_LOOKS && now - last.sinceMs >= timeoutMs) onStall(socket);
	}

	return {
		look(sockets) {
			const now = performance.now();
			for (const socket of sockets) lookAt(socket, now);
		},
	};
}

/**
 * How much waits in the system's own queue. The socket counts whole pieces only, and one piece may be an answer of many
 * megabytes that a client takes for an hour. Node asks this too where a socket's timeout runs out, but not over TLS: there
 * `setTimeout` cuts clients that read. Nothing where a Node does not tell: nobody is cut by a guess.
 */
function bytesInSystemQueue(raw: Socket): number | undefined {
	return (raw as { _handle?: { writeQueueSize?: number } | null })._handle?.writeQueueSize;
}
