import { nonBlocking } from "./file-description.ts";

const { writeSync } = process.getBuiltinModule("node:fs");

/** How often a pipe that is full is asked again before a line is given up; a reader that lives empties it sooner. */
const FULL_PIPE_RETRIES = 200;
/** The same in a process that ends, which has no second to spare: behind its deadline it may be killed. */
const LAST_RETRIES = 10;
const PAUSE_MS = 5;

/** In a process that ends: until then lines wait for their reader, also where some were given up before. */
let awaitedUntilMs: number | undefined;

/**
 * The last lines of a process are worth a wait of their own: a reader that was too slow for a flood of lines is still
 * there. All of them together wait no longer than this.
 */
export function awaitReaders(timeoutMs: number): void {
	awaitedUntilMs = performance.now() + timeoutMs;
}

/**
 * Writes lines to a descriptor at once, one or several together, so that what is written is not lost however the process
 * ends. Where nobody reads, lines are given up after a while, and counted: a program must not hang or die of its log.
 */
export function createLineWriter(descriptor: number): (lines: string) => void {
	const output = nonBlocking(descriptor);
	/** The end of what went out by half. */
	let unfinished = NOTHING;
	let isStuck = false;
	let isRefused = false;
	let lost = 0;
	let hasTold = false;
	/** What went out last did not end its line. */
	let isCut = false;

	/** Writes as much as goes, and gives back the rest. */
	function push(bytes: Buffer): Buffer {
		let rest = bytes;
		let retries = isStuck ? 0 : awaitedUntilMs === undefined ? FULL_PIPE_RETRIES : LAST_RETRIES;
		isRefused = false;
		while (rest.length > 0) {
			try {
				const written = writeSync(output, rest);
				if (written > 0) isCut = rest[written - 1] !== LINE_END;
				rest = rest.subarray(written);
			} catch (error) {
				const { code, message } = error as NodeJS.ErrnoException;
				if (code !== "EAGAIN") {
					isRefused = true;
					sayOnce(message);
					break;
				}
				if (retries-- <= 0 && performance.now() >= (awaitedUntilMs ?? 0)) break;
				Atomics.wait(PAUSE, 0, 0, PAUSE_MS);
			}
		}
		isStuck = rest.length > 0 && !isRefused;
		return rest;
	}

	/** A closed pipe, a full disk: said once, on standard error. The next line is tried again. */
	function sayOnce(reason: string): void {
		const isNews = !hasTold && descriptor !== STDERR;
		hasTold = true;
		if (isNews) writeStderr(`the log cannot be written: ${reason}\n`);
	}

	/** Whether what came before is out, or given up. */
	function finishLast(): boolean {
		if (unfinished.length === 0) return true;
		unfinished = push(unfinished);
		if (isRefused) {
			lost += countLines(unfinished);
			unfinished = NOTHING;
		}
		return unfinished.length === 0;
	}

	return (lines) => {
		if (!finishLast()) {
			lost += countLines(Buffer.from(lines));
			return;
		}
		const told =
			lost === 0
				? ""
				: `{"level":40,"time":${Date.now()},"lost":${lost},"msg":"lines were lost, nobody took them"}\n`;
		const bytes = Buffer.from(`${isCut ? "\n" : ""}${told}${lines}`);
		const rest = push(bytes);
		if (rest.length > 0 && (isRefused || rest.length === bytes.length)) {
			// Of what was to be written only: what goes before it is no line of anybody's.
			const all = countLines(Buffer.from(lines));
			const left = countLines(rest);
			lost = left > all ? lost + all : left;
			return;
		}
		lost = 0;
		unfinished = rest;
	};
}

function countLines(bytes: Buffer): number {
	let count = 0;
	for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, at + 1)) count++;
	return count;
}

const NOTHING: Buffer = Buffer.alloc(0);
const LINE_END = 0x0a;
const STDERR = 2;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

const holders = new Set<() => void>();

/** Makes known who holds lines back: they go out before anything is said on standard error. */
export function holdLines(flush: () => void): void {
	holders.add(flush);
}

export function holdNoMore(flush: () => void): void {
	holders.delete(flush);
}

/** Made at the first line: most processes have none. */
let toStderr: ((lines: string) => void) | undefined;

/** Writes to standard error at once, without a logger. */
export function writeStderr(text: string): void {
	for (const flush of holders) flush();
	toStderr ??= createLineWriter(STDERR);
	toStderr(text);
}
