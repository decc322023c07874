const SHELL = "/bin/sh";

/** A shell that does nothing is through in a few milliseconds, unless the machine stands still meanwhile. */
const TRIAL_MS = 2_000;

/**
 * Ends the process without waiting for its threads: behind the listeners for `exit` Node waits for what they are at, such
 * as a write into a pipe which nobody reads or the lookup of a name, deaf to all but a kill. A program that takes the place
 * of this one has no such threads, and ends with the code that is due. Comes back where that cannot be: Node can do so
 * since 22.15, and not on Windows.
 */
export function endInPlace(code: number): void {
	if (process.execve === undefined) return;
	try {
		fillStandard();
		if (!canRunShell()) return;
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

/** Where the program has closed one of them, a pipe of Node's own would get its number, and Node aborts when it closes that. */
function fillStandard(): void {
	const { openSync, closeSync } = process.getBuiltinModule("node:fs");
	let file: number;
	do file = openSync("/", "r");
	while (file <= STDERR);
	closeSync(file);
}

const STDERR = 2;

/**
 * Where the system refuses to start another program, for want of it or by a rule, Node aborts and does not throw. One that
 * inherits our outputs leaves them as Node's own end mostly does: a write to a full pipe waits again, for all who share it.
 */
function canRunShell(): boolean {
	const { spawnSync } = process.getBuiltinModule("node:child_process");
	for (let trial = 0; trial < TRIALS; trial++) {
		const { status, signal } = spawnSync(SHELL, ["-c", "exit 0"], {
			stdio: "inherit",
			env: {},
			timeout: TRIAL_MS,
		});
		if (status === 0) return true;
		if (signal === null) return false;
	}
	return false;
}

/** A Ctrl-C is for all programs of a terminal, and a key may be held; or the time was over: the next one may get through. */
const TRIALS = 4;
