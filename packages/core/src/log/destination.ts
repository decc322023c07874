import { writeStderr } from "./line-writer.ts";

/** Where a pino writes to: a sonic-boom, the worker thread of a transport, or a stream of Node's. */
export interface Destination {
	/** Tells when it has written what it holds. Streams of Node's have none; one to a file has an option of that name here. */
	readonly flush?: ((done: (error?: unknown) => void) => unknown) | boolean;
	/** Of sonic-boom: a write is out, which its `flush()` does not wait for where it keeps no buffer. */
	readonly _writing?: boolean;
	/** Of a stream of Node's: what it holds, and what it hands on. */
	readonly writableLength?: number;
	readonly readableLength?: number;
	readonly errored?: Error | null;
	readonly destroyed?: boolean;
	readonly closed?: boolean;
	readonly _readableState?: { readonly pipes?: Destination | readonly Destination[] | null };
	write?: unknown;
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

/** Where a stream hands on what is written to it: one that formats is no end. No public property tells. */
export const sinksOf = ({ _readableState }: Destination): readonly Destination[] =>
	[_readableState?.pipes ?? []].flat();

interface Node extends Destination {
	readonly streams?: readonly { readonly stream: Node }[];
}

function leavesOf(node: Node | undefined): readonly Destination[] {
	if (node === undefined) return [];
	return Array.isArray(node.streams) ? node.streams.flatMap(({ stream }) => leavesOf(stream)) : [node];
}

const watched = new WeakSet<object>();
const abandoned = new WeakSet<object>();

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
		if (!hasSaid && !abandoned.has(destination)) writeStderr(`the log cannot be written: ${message}\n`);
		hasSaid = true;
	});
	for (const sink of sinksOf(destination)) watch(sink);
}

/** Lets go of what nobody takes: at the exit pino would try to write it for as long as nobody reads, which is for ever. */
export async function abandon(destination: Destination): Promise<void> {
	// That it fails now is no news.
	destination.on?.("error", () => {});
	abandoned.add(destination);
	if (canFlush(destination)) {
		destination.destroy?.();
		// What is logged from now on is lost too, and no error.
		destination.write = () => true;
	}
	// A worker thread is waited for at the exit; one that has ended is not.
	await Promise.all([destination.worker?.terminate?.(), ...sinksOf(destination).map(abandon)]);
}
