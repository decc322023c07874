import type { Parsed } from "./parsed.ts";
import { refuse } from "./parsed.ts";
import { variableText } from "./text.ts";

const { closeSync, constants, fstatSync, openSync, readSync } = process.getBuiltinModule("node:fs");

/** No secret is longer; what is longer is a wrong path. */
const MAX_FILE_BYTES = 64 * 1024;

/**
 * The text of a secret's file, or why it cannot be used. Neither the path nor the system's message is told:
 * people set `NAME_FILE` to the secret itself.
 */
export function readSecretFile(path: string): Parsed<string> {
	let descriptor: number | undefined;
	try {
		// Without O_NONBLOCK, opening a FIFO waits for somebody to write into it. Windows has neither.
		descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
		if (!fstatSync(descriptor).isFile()) return refuseFile("is not a regular file");
		const bytes = readBounded(descriptor);
		if (bytes === undefined) return refuseFile("is larger than 64 KiB");
		return decode(bytes);
	} catch (error) {
		return refuseFile(openProblem(error));
	} finally {
		if (descriptor !== undefined) closeSync(descriptor);
	}
}

function refuseFile(problem: string): Parsed<string> {
	return refuse(
		`names a file that ${problem}`,
		"type the path of a readable file that holds the secret and nothing else",
		"ENV_FILE",
	);
}

/** Reads on rather than trusting the size, which is 0 for files of `/proc` and changes under our hands. */
function readBounded(descriptor: number): Buffer | undefined {
	const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
	let length = 0;
	while (length < buffer.length) {
		const count = readSync(descriptor, buffer, length, buffer.length - length, null);
		if (count === 0) return buffer.subarray(0, length);
		length += count;
	}
	return undefined;
}

function decode(bytes: Buffer): Parsed<string> {
	let text: string;
	try {
		// Also takes the byte order mark away that Windows editors put in front.
		text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		return refuseFile("is not text in UTF-8");
	}
	const value = variableText(text);
	return value === undefined ? refuseFile("is empty") : { value };
}

function openProblem(error: unknown): string {
	const code = error instanceof Error && "code" in error ? error.code : undefined;
	if (code === "ENOENT" || code === "ENOTDIR") return "does not exist";
	if (code === "EACCES" || code === "EPERM") return "this process may not read";
	if (code === "EISDIR" || code === "ENXIO") return "is not a regular file";
	return "cannot be read";
}
