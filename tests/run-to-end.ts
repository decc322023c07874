import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository, where everything runs. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** The test runner's own limit for a test and for a file; without one a test that waits for nothing waits for ever. */
export const TEST_TIMEOUT_MS = 120_000;

/** The same for rolling restarts, ten of which keep all processors busy for longer. */
export const ROLLING_TIMEOUT_MS = 300_000;

/** What the test runner gets to end its own children, before it is killed itself. */
const KILL_AFTER_MS = 5_000;

/** The same few programs are started a thousand times. */
const NODE_COMPILE_CACHE = join(ROOT, "node_modules/.cache/node");

/** Runs to the end, with its output going out as it comes. Gives what went wrong, or nothing. */
export function runToEnd(executable: string, args: readonly string[], deadlineMs: number): Promise<string> {
	// What the tests start by name is the same Node as they run on.
	const PATH = [dirname(executable), process.env.PATH].join(delimiter);
	const env = { ...process.env, PATH, NODE_COMPILE_CACHE };
	const child = spawn(executable, args, { cwd: ROOT, stdio: "inherit", env });
	let isLate = false;
	const timer = setTimeout(() => {
		isLate = true;
		child.kill("SIGTERM");
		setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
	}, deadlineMs);
	return new Promise((resolve) => {
		child.once("error", (error) => resolve(error.message));
		child.once("exit", (code, signal) => {
			clearTimeout(timer);
			if (isLate) resolve(`did not end within ${deadlineMs / 1_000} s`);
			else resolve(code === 0 ? "" : `ended with ${code ?? signal}`);
		});
	});
}
