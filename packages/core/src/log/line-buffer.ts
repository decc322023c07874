import { holdLines, holdNoMore } from "./line-writer.ts";

/** How late a line may be that is collected; later only where the program keeps the event loop busy. */
const MAX_DELAY_MS = 10;

/**
 * What goes out together. A pipe takes so much whole or not at all (PIPE_BUF on Linux, pipe(7)): where several processes
 * write to one, as the workers of a cluster do, no line of one stands within a line of another.
 */
const MAX_BYTES = 4096;

/** Lines on their way to a descriptor, in the order in which they were given. */
export interface LineBuffer {
	/** At once, behind what was collected. */
	write(line: string): void;
	/** Within 10 ms, together with others. */
	collect(line: string, bytes: number): void;
	/** Writes what was collected. */
	flush(): void;
	/** Writes what was collected, and from now on everything at once. */
	close(): void;
}

/**
 * Saves a system call for most lines. The timer is made here, and not within the first request: it would keep that
 * request's context for as long as the process lives.
 */
export function createLineBuffer(writeLines: (lines: string) => void): LineBuffer {
	const timer = setTimeout(flush, MAX_DELAY_MS).unref();
	let collected = "";
	let collectedBytes = 0;
	let isHeld = false;
	let isClosed = false;

	function flush(): void {
		if (collectedBytes === 0) return;
		const lines = collected;
		collected = "";
		collectedBytes = 0;
		writeLines(lines);
	}

	function close(): void {
		isClosed = true;
		clearTimeout(timer);
		flush();
		process.off("exit", close);
		holdNoMore(flush);
	}

	function hold(): void {
		isHeld = true;
		process.on("exit", close);
		holdLines(flush);
	}

	return {
		write(line) {
			if (collectedBytes + Buffer.byteLength(line) > MAX_BYTES) flush();
			const lines = collected + line;
			collected = "";
			collectedBytes = 0;
			writeLines(lines);
		},
		collect(line, bytes) {
			if (isClosed) {
				writeLines(line);
				return;
			}
			if (!isHeld) hold();
			if (collectedBytes + bytes > MAX_BYTES) flush();
			if (collectedBytes === 0) timer.refresh();
			collected += line;
			collectedBytes += bytes;
		},
		flush,
		close,
	};
}
