import { writeStderr } from "./line-writer.ts";

/** Where a pino writes to: a sonic-boom, the worker thread of a transport, or a stream of Node's. */
export interface Destination {
	/** Tells when it has written what it holds. Streams of Node's have none; one to a file has an option of that name here. */
	readonly flush?: ((done: (error?: unknown) => void) => unknown) | boolean;
	/** Of sonic-boom: a write is out, which its `flush()` does not wait for where it keeps no buffer. */
	readonly _writing?: boolean;
	/** Of a stream of Node's. */
	readonly writableLength?: number;
	write?(text: string, done: (error?: unknown) => void): unknown;
	on?(event: "error", listener: (error: Error) => void): unknown;
	destroy?(): void;
	readonly worker?: { terminate?(): unknown };
}

type Flushing = Destination & { flush(done: (error?: unknown) => void): unknown };

export const canFlush = (destination: Destination): destination is Flushing =>
	typeof destination.flush === "function";

/** One, or those of a multistream; none where the logger is no pino. */
export function destinationsOf(log: object): readonly Destination[] {
	// pino keeps it by a symbol of its own, on the logger or on the one that it is a child of.
	for (let owner: object | null = log; owner !== null; owner = Object.getPrototypeOf(owner)) {
		const symbol = Object.getOwnPropertySymbols(owner).find(
			({ description }) => description === "pino.stream",
		);
		if (symbol !== undefined) return leavesOf((log as Record<symbol, Node | undefined>)[symbol]);
	}
	return [];
}

interface Node extends Destination {
	readonly streams?: readonly { readonly stream: Node }[];
}

function leavesOf(node: Node | undefined): readonly Destination[] {
	if (node === undefined) return [];
	return Array.isArray(node.streams) ? node.streams.flatMap(({ stream }) => leavesOf(stream)) : [node];
}

const watched = new WeakSet<object>();

/** A destination that fails, such as a worker thread that has died, costs lines and not the process. */
export function watchDestinations(log: object): void {
	if (watched.has(log)) return;
	watched.add(log);
	for (const destination of destinationsOf(log)) watch(destination);
}

function watch(destination: Destination): void {
	if (watched.has(destination)) return;
	watched.add(destination);
	let hasSaid = false;
	destination.on?.("error", ({ message }) => {
		if (!hasSaid) writeStderr(`the log cannot be written: ${message}\n`);
		hasSaid = true;
	});
}

/** Lets go of what nobody takes: at the exit pino would try to write it for as long as nobody reads, which is for ever. */
export async function abandon(destination: Destination): Promise<void> {
	if (canFlush(destination)) destination.destroy?.();
	// A worker thread is waited for at the exit; one that has ended is not.
	await destination.worker?.terminate?.();
}
