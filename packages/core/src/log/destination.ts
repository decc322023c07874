import { writeStderr } from "./line-writer.ts";

/** Where a pino writes to: a sonic-boom, or the worker thread of a transport. */
export interface Destination {
	/** Of sonic-boom: a write is out, which its `flush()` does not wait for where it keeps no buffer. */
	readonly _writing?: boolean;
	on?(event: "error", listener: (error: Error) => void): unknown;
	once?(event: "drain", listener: () => void): unknown;
	destroy?(): void;
	readonly worker?: { terminate?(): unknown };
}

/** pino keeps it by a symbol of its own, on the logger or on the one that it is a child of. */
export function destinationOf(log: object): Destination | undefined {
	for (let owner: object | null = log; owner !== null; owner = Object.getPrototypeOf(owner)) {
		const symbol = Object.getOwnPropertySymbols(owner).find(
			({ description }) => description === "pino.stream",
		);
		if (symbol !== undefined) return (log as Record<symbol, Destination>)[symbol];
	}
	return undefined;
}

const watched = new WeakSet<object>();

/** A destination that fails, such as a worker thread that has died, costs lines and not the process. */
export function watchDestination(log: object): void {
	if (watched.has(log)) return;
	watched.add(log);
	const destination = destinationOf(log);
	if (destination === undefined || watched.has(destination)) return;
	watched.add(destination);
	let hasSaid = false;
	destination.on?.("error", ({ message }) => {
		if (!hasSaid) writeStderr(`the log cannot be written: ${message}\n`);
		hasSaid = true;
	});
}

/** Lets go of what nobody takes: at the exit pino would try to write it for as long as nobody reads, which is for ever. */
export async function abandonDestination(log: object): Promise<void> {
	const destination = destinationOf(log);
	destination?.destroy?.();
	// A worker thread is waited for at the exit; one that has ended is not.
	await destination?.worker?.terminate?.();
}
