import { writeSync } from "node:fs";

/** How often a pipe that is full is asked again before a line is given up; a reader that lives empties it sooner. */
const FULL_PIPE_RETRIES = 200;
const PAUSE_MS = 5;

/**
 * Writes lines to a descriptor at once, so that what is written is not lost however the process ends. Where nobody
 * reads, lines are given up after a while, and counted: a program must not hang or die of its log.
 */
export function createLineWriter(descriptor: number): (line: string) => void {
	/** The end of a line that went out by half. */
	let unfinished = NOTHING;
	let isStuck = false;
	let lost = 0;
	let hasTold = false;
	/** The last line went out by half, and its end never will. */
	let isCut = false;

	/** Writes as much as goes, and gives back the rest; nothing where it had to be given up. */
	function push(bytes: Buffer): Buffer | undefined {
		let rest = bytes;
		let retries = isStuck ? 0 : FULL_PIPE_RETRIES;
		while (rest.length > 0) {
			try {
				rest = rest.subarray(writeSync(descriptor, rest));
			} catch (error) {
				const { code, message } = error as NodeJS.ErrnoException;
				if (code !== "EAGAIN") {
					isCut ||= rest.length < bytes.length;
					sayOnce(message);
					return undefined;
				}
				if (retries-- === 0) break;
				Atomics.wait(PAUSE, 0, 0, PAUSE_MS);
			}
		}
		isStuck = rest.length > 0;
		return rest;
	}

	/** A closed pipe, a full disk: said once, on standard error. The next line is tried again. */
	function sayOnce(reason: string): void {
		const isNews = !hasTold && descriptor !== STDERR;
		hasTold = true;
		if (isNews) writeStderr(`the log cannot be written: ${reason}\n`);
	}

	/** Whether the line before is out, or given up. */
	function finishLast(): boolean {
		if (unfinished.length === 0) return true;
		const rest = push(unfinished);
		if (rest === undefined) {
			isCut = true;
			lost++;
		}
		unfinished = rest ?? NOTHING;
		return unfinished.length === 0;
	}

	return (line) => {
		if (!finishLast()) {
			lost++;
			return;
		}
		const told =
			lost === 0
				? ""
				: `{"level":40,"time":${Date.now()},"lost":${lost},"msg":"lines were lost, nobody took them"}\n`;
		const bytes = Buffer.from(`${isCut ? "\n" : ""}${told}${line}`);
		const rest = push(bytes);
		if (rest === undefined || rest.length === bytes.length) {
			lost++;
			return;
		}
		isCut = false;
		lost = 0;
		unfinished = rest;
	};
}

const NOTHING: Buffer = Buffer.alloc(0);
const STDERR = 2;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Writes to standard error at once, without a logger. */
export const writeStderr: (text: string) => void = createLineWriter(STDERR);
