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
	/** One of the library's own. Whenever it was added it may run behind all others, which may still need what it closes. */
	addOwn(name: string, close: Closer, options?: CloserOptions & { runsLast?: boolean }): () => void;
	/** Runs all of them, the last that was added first, each once, and each whatever the others do. */
	run(how: ClosersRun): Promise<void>;
	/** Those that have not ended: the one that runs, and those that wait. */
	unfinished(): readonly string[];
	/** Those of them that the program has added, but for the one that asks: what a `process.exit()` cuts. */
	cut(): readonly string[];
	/** Resolves after so long; whoever still hangs then is given up, and each that waits has a turn. */
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

interface Entry {
	readonly name: string;
	readonly close: Closer;
	readonly timeoutMs: number | undefined;
	readonly isOwn?: true;
}

const inCloser = new AsyncLocalStorage<Entry>();

export function createClosers(): Closers {
	const entries: Entry[] = [];
	let running: Running | undefined;
	let isStopped = false;

	const unfinished = (): Entry[] => [
		...(running === undefined ? [] : [running.entry]),
		...[...entries].reverse(),
	];

	function put(entry: Entry, runsLast = false): () => void {
		if (runsLast) entries.unshift(entry);
		else entries.push(entry);
		return () => {
			const index = entries.indexOf(entry);
			if (index !== -1) entries.splice(index, 1);
		};
	}

	return {
		add(name, close, options) {
			return put({ name, close, timeoutMs: options?.timeoutMs });
		},
		addOwn(name, close, { timeoutMs, runsLast } = {}) {
			return put({ name, close, timeoutMs, isOwn: true }, runsLast);
		},
		async run({ timeoutMs, remainingMs, onFailure }) {
			// Taken out one by one, so that one that is added meanwhile is run too.
			for (let entry = entries.pop(); entry !== undefined; entry = isStopped ? undefined : entries.pop()) {
				const limitMs = Math.min(entry.timeoutMs ?? timeoutMs, remainingMs(entries.length + 1));
				running = start(entry, Math.max(0, limitMs));
				const failure = await running.ended;
				if (failure !== undefined && !isStopped) onFailure(failure);
			}
			running = undefined;
		},
		unfinished: () => unfinished().map(({ name }) => name),
		cut: () =>
			unfinished()
				.filter((entry) => entry.isOwn === undefined && entry !== inCloser.getStore())
				.map(({ name }) => name),
		// In a process that gets no processor a moment passes in which nothing runs.
		async lastMoment(forMs, holdsProcess) {
			await pause(forMs, undefined, { ref: holdsProcess });
			for (let turns = Math.min(unfinished().length, MOST_LAST_TURNS); turns > 0; turns--) {
				running?.giveUp();
				await pause(1, undefined, { ref: holdsProcess });
			}
		},
		stop() {
			isStopped = true;
		},
		running: () => running?.entry.name,
		isCaller: () => inCloser.getStore() !== undefined,
	};
}

interface Running {
	readonly entry: Entry;
	/** Resolves when it has ended, or is given up: never later than its time. */
	readonly ended: Promise<CloserFailure | undefined>;
	readonly giveUp: () => void;
}

function start(entry: Entry, timeoutMs: number): Running {
	const { name, close } = entry;
	const controller = new AbortController();
	let giveUp = (): void => {};
	const late = new Promise<CloserFailure>((resolve) => {
		giveUp = () => {
			const error = new Error(`not finished after ${timeoutMs} ms`);
			controller.abort(error);
			resolve({ name, error, isTimeout: true });
		};
	});
	const timer = setTimeout(giveUp, timeoutMs);
	const done = Promise.resolve()
		.then(() => inCloser.run(entry, close, controller.signal))
		.then(
			() => undefined,
			(error: unknown): CloserFailure => ({ name, error, isTimeout: false }),
		);
	const ended = Promise.race([done, late]).finally(() => clearTimeout(timer));
	return { entry, ended, giveUp };
}
