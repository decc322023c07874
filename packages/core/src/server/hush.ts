import type { Socket } from "node:net";

/**
 * A process with its processor for itself has a turn without an arrival sooner. Whoever is held sends its requests over
 * connections of its own, so that more arrive then: it is for those that would not come to an end without. And what is held
 * goes on to grow old, by Node's timeouts and by its client's: it is served in between.
 */
export const HUSH = { afterMs: 100, mostMs: 500 } as const;

/** While it lasts nothing is read of idle connections. */
export interface Hush {
	begin(sockets: Iterable<Socket>): void;
	/** One that has just come. */
	arrive(socket: Socket): void;
	/** One that has just been answered. */
	rest(socket: Socket): void;
	end(): void;
}

/**
 * Node takes one connection in a turn of the event loop, and in the same turn it serves all that have asked. Where a process
 * gets too little of its processor, those that wait to be taken wait for seconds, and to close a server resets them. With the
 * others held a turn has nothing else in it: they are all taken within milliseconds, and what was held is read right behind.
 */
export function createHush(isIdle: (socket: Socket) => boolean): Hush {
	let held: Set<Socket> | undefined;

	function hold(socket: Socket): void {
		// One that the program has paused is not ours to resume.
		if (held !== undefined && isIdle(socket) && !socket.isPaused()) held.add(socket.pause());
	}

	return {
		begin(sockets) {
			held ??= new Set();
			for (const socket of sockets) hold(socket);
		},
		arrive(socket) {
			// In the next tick Node begins to read it, whether it was paused before or not.
			if (held !== undefined) process.nextTick(hold, socket);
		},
		rest: hold,
		end() {
			for (const socket of held ?? []) socket.resume();
			held = undefined;
		},
	};
}
