import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";

/** Releases what the program holds. The signal aborts when its time is up. */
export type Closer = (signal: AbortSignal) => unknown;

export interface CloserOptions {
	/** How long it may take; the next one is not kept waiting for longer. */
	timeoutMs?: number;
}

export interface CloserFailure {
	readonly name: string;
	readonly error: unknown;
	readonly isTimeout: boolean;
}

export interface Closers {
	/** Returns the function that takes the closer away again. */
	add(name: string, close: Closer, options?: CloserOptions): () => void;
	/** One that runs behind all others, whenever it was added: the others may still need what it closes. */
	addLast(name: string, close: Closer): () => void;
	/** Runs all of them, the last that was added first, each once, and each whatever the others do. */
	run(how: ClosersRun): Promise<void>;
	/** Those that have not ended: the one that runs, and those that wait. */
	unfinished(): readonly string[];
	/** Resolves after so long, and a turn for each that still waits then. */
	lastMoment(forMs: number, holdsProcess: boolean): Promise<void>;
	/** Runs no more of them, and tells of none that fails from now on. */
	stop(): void;
	/** The closer that is running now. */
	running(): string | undefined;
	/** Whether the caller is a closer, however deep in it: one that waits for the shutdown waits for itself. */
	isCaller(): boolean;
}

interface ClosersRun {
	readonly timeoutMs: number;
	/** What one may have, where so many are left, itself among them. */
	readonly remainingMs: (left: number) => number;
	readonly onFailure: (failure: CloserFailure) => void;
}

/** Each takes a millisecond. */
const MOST_LAST_TURNS = 20;

const inCloser = new AsyncLocalStorage<true>();

interface Entry {
	readonly name: string;
	readonly close: Closer;
	readonly timeoutMs: number | undefined;
}

export function createClosers(): Closers {
	const entries: Entry[] = [];
	let running: string | undefined;
	let isStopped = false;

	const unfinished = (): string[] => [
		...(running === undefined ? [] : [running]),
		...entries.map(({ name }) => name).reverse(),
	];

	const removing = (entry: Entry) => (): void => {
		const index = entries.indexOf(entry);
		if (index !== -1) entries.splice(index, 1);
	};

	return {
		add(name, close, options = {}) {
			const entry: Entry = { name, close, timeoutMs: options.timeoutMs };
			entries.push(entry);
			return removing(entry);
		},
		addLast(name, close) {
			const entry: Entry = { name, close, timeoutMs: undefined };
			entries.unshift(entry);
			return removing(entry);
		},
		async run({ timeoutMs, remainingMs, onFailure }) {
			// Taken out one by one, so that one that is added meanwhile is run too.
			for (let entry = entries.pop(); entry !== undefined; entry = isStopped ? undefined : entries.pop()) {
				running = entry.name;
				const failure = await runOne(
					entry,
					Math.max(0, Math.min(entry.timeoutMs ?? timeoutMs, remainingMs(entries.length + 1))),
				);
				if (failure !== undefined && !isStopped) onFailure(failure);
			}
			running = undefined;
		},
		unfinished,
		// In a process that gets no processor a moment passes in which nothing runs.
		async lastMoment(forMs, holdsProcess) {
			await pause(forMs, undefined, { ref: holdsProcess });
			for (let turns = Math.min(unfinished().length, MOST_LAST_TURNS); turns > 0; turns--)
				await pause(1, undefined, { ref: holdsProcess });
		},
		stop() {
			isStopped = true;
		},
		running: () => running,
		isCaller: () => inCloser.getStore() === true,
	};
}

async function runOne({ name, close }: Entry, timeoutMs: number): Promise<CloserFailure | undefined> {
	const controller = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<CloserFailure>((resolve) => {
		timer = setTimeout(() => {
			const error = new Error(`not finished after ${timeoutMs} ms`);
			controller.abort(error);
			resolve({ name, error, isTimeout: true });
		}, timeoutMs);
	});
	const done = Promise.resolve()
		.then(() => inCloser.run(true, close, controller.signal))
		.then(
			() => undefined,
			(error: unknown): CloserFailure => ({ name, error, isTimeout: false }),
		);
	const failure = await Promise.race([done, late]);
	clearTimeout(timer);
	return failure;
}
