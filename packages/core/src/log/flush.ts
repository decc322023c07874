import { type EventEmitter, once } from "node:events";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { canFlush, type Destination, destinationsOf, sinksOf } from "./destination.ts";
import type { Logger } from "./logger.ts";

export interface Flushed {
	/** Whose readers took nothing until the time was over. */
	readonly late: readonly Destination[];
	/** Those that cannot be written to. */
	readonly failed: readonly Destination[];
}

/**
 * Resolves when the logger has written what it holds, and not later than `withinMs`. Never rejects.
 *
 * A reader that is slow and one that has gone look the same from here, so that both get all the time there is.
 */
export async function flushLog(log: Logger, withinMs: number, holdsProcess = true): Promise<Flushed> {
	const late = new Set(flushables(log));
	const failed: Destination[] = [];
	const over = new AbortController();
	const { signal } = over;
	const flushed = [...late].map(async (destination) => {
		const isWritten = await write(destination, signal).then(
			() => true,
			() => false,
		);
		if (signal.aborted) return;
		late.delete(destination);
		if (!isWritten) failed.push(destination);
	});
	await Promise.race([
		Promise.all(flushed),
		// What has come meanwhile is heard, where the program keeps everybody from it.
		pause(withinMs, undefined, { ref: holdsProcess, signal }).then(
			() => turn(),
			() => {},
		),
	]);
	over.abort();
	return { late: [...late], failed };
}

/** A logger that is no pino may have a `flush` too; where it writes to is its affair. */
function flushables(log: Logger): readonly Destination[] {
	const destinations = destinationsOf(log);
	if (destinations.length > 0 || typeof log.flush !== "function") return destinations;
	return [{ flush: (done) => flushOther(log, done) }];
}

/** One that takes no callback and gives no promise is through when it returns. */
function flushOther(log: Logger, done: () => void): unknown {
	const given: unknown = log.flush(done);
	if (log.flush.length === 0 && !isPromise(given)) done();
	return given;
}

/** Rejects where it cannot. */
async function write(destination: Destination, signal: AbortSignal): Promise<void> {
	if (canFlush(destination)) {
		await called((done) => destination.flush(done));
		// Rejects at an error.
		if (destination._writing === true)
			await once(destination as unknown as EventEmitter, "drain", { signal });
	}
	await handOn(destination, signal);
}

/** A stream of Node's is empty, and then those that it hands on to. */
async function handOn(stream: Destination, signal: AbortSignal): Promise<void> {
	const sinks = sinksOf(stream);
	const holds = (): boolean => {
		const isHolding = Number(stream.writableLength) > 0;
		if (sinks.length === 0) return isHolding;
		// A sink that fails Node takes away, and what is left is held for nobody.
		return sinksOf(stream).length > 0 && (isHolding || Number(stream.readableLength) > 0);
	};
	// One that has failed holds nothing any more, and whoever listens for errors shall hear of it.
	while ((holds() || stream.errored) && !signal.aborted) {
		const wasOver = isOver(stream);
		await pause(LOOK_MS, undefined, { ref: false });
		if (wasOver) throw stream.errored ?? new Error("closed");
	}
	await Promise.all(sinks.map((sink) => write(sink, signal)));
}

/** Its events come next. Some never close: they have no `autoClose`. */
function isOver({ errored, destroyed, closed = destroyed }: Destination): boolean {
	return closed === true || (Boolean(errored) && destroyed !== true);
}

const LOOK_MS = 5;

/** Some call back, some give a promise. sonic-boom syncs what it has written, which a pipe does not know. */
function called(act: (done: (error?: unknown) => void) => unknown): Promise<void> {
	return new Promise((resolve, reject) => {
		const done = (error?: unknown): void =>
			error == null || (error as NodeJS.ErrnoException).syscall === "fsync" ? resolve() : reject(error);
		const given = act(done);
		if (isPromise(given)) given.then(() => done(), reject);
	});
}

const isPromise = (given: unknown): given is PromiseLike<unknown> =>
	typeof (given as PromiseLike<unknown> | null | undefined)?.then === "function";
