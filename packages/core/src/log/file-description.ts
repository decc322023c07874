const { constants, fstatSync, openSync } = process.getBuiltinModule("node:fs");

const STDOUT = 1;

/** Opened once for all writers, by the descriptor that they would have written to. */
const opened = new Map<number, number>();

/**
 * A descriptor for the same output, by which a write to a full pipe returns and does not hold the process.
 *
 * Whether it returns is a flag of the open file description, which is shared with all who have inherited it: Node clears
 * it for each child with `stdio: "inherit"`, such as a worker of a cluster, and set by us it would stay for the next
 * command of a shell. So a pipe is opened once more. That description is ours alone: no child inherits it, and its
 * reader sees the end when we have ended.
 */
export function nonBlocking(descriptor: number): number {
	const own = opened.get(descriptor) ?? openAgain(descriptor);
	if (own !== undefined) opened.set(descriptor, own);
	// Looked at, Node sets the flag of what is there, which lasts until the next such child.
	else if (descriptor === STDOUT) void process.stdout.isTTY;
	return own ?? descriptor;
}

/** Pipes only: a file would be written from its beginning, and sockets cannot be opened. Linux only: elsewhere it is a duplicate. */
function openAgain(descriptor: number): number | undefined {
	if (process.platform !== "linux") return undefined;
	try {
		// With numbers of the usual kind, Node 22 would take the next path that it resolves for a pipe too, and leave its links.
		if (!fstatSync(descriptor, { bigint: true }).isFIFO()) return undefined;
		return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
	} catch {
		// Closed, of another user, without a reader, or there is no /proc.
		return undefined;
	}
}
