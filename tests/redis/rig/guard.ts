import { spawn } from "node:child_process";
import type { Socket } from "node:net";

/**
 * Ends a group of processes and removes its folder once this process is gone, however it went. A process that is killed
 * hears of no `exit`, and a Redis that it has frozen would be there for ever. Gives what calls it off.
 */
export function guard(group: number, folder: string): () => void {
	// Its standard input ends with this process.
	const script = 'read -r line; kill -9 "-$0"; rm -rf "$1"';
	const guardian = spawn("/bin/sh", ["-c", script, String(group), folder], {
		env: {},
		stdio: ["pipe", "ignore", "ignore"],
		detached: true,
	});
	guardian.unref();
	(guardian.stdin as Socket).unref();
	return () => void guardian.kill("SIGKILL");
}
