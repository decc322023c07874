const SHELL = "/bin/sh";

/** A shell that does nothing is through in a few milliseconds. */
const TRIAL_MS = 500;

/**
 * Ends the process without waiting for its threads: behind the listeners for `exit` Node waits for what they are at, such
 * as a write into a pipe which nobody reads or the lookup of a name, deaf to all but a kill. A program that takes the place
 * of this one has no such threads, and ends with the code that is due. Comes back where that cannot be: Node can do so
 * since 22.15, and not on Windows.
 */
export function endInPlace(code: number): void {
	if (process.execve === undefined || !canRunShell()) return;
	try {
		restoreTerminal();
		process.execve(SHELL, ["sh", "-c", `exit ${code & 0xff}`], {});
	} catch {
		// Node may be told to start no others (`--permission`), and a terminal may be gone.
	}
}

/** As Node's own end does: one that reads each key would stay so for the shell. */
function restoreTerminal(): void {
	const { isatty } = process.getBuiltinModule("node:tty");
	if (isatty(STDIN)) process.stdin.setRawMode(false);
}

const STDIN = 0;

/**
 * Where the system refuses to start another program, for want of it or by a rule, Node aborts and does not throw. One that
 * inherits our outputs leaves them as Node's own end does: a write to a full pipe waits again, for all who share it.
 */
function canRunShell(): boolean {
	const { spawnSync } = process.getBuiltinModule("node:child_process");
	try {
		const { status } = spawnSync(SHELL, ["-c", "exit 0"], { stdio: "inherit", env: {}, timeout: TRIAL_MS });
		return status === 0;
	} catch {
		return false;
	}
}
