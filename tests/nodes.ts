/** Nodes of other lines than the one that runs this: they come from the registry, as the package `node`. */
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";

export interface NodeLine {
	/** As in `v24.1.0`. */
	readonly version: string;
	readonly executable: string;
}

const FETCH_TIMEOUT_MS = 5 * 60_000;

/** The lines that a comma list names, such as `22,26`; for an empty one the Node that runs this. */
export function nodeLines(wanted: string): readonly NodeLine[] {
	const versions = wanted.split(",").filter((version) => version !== "");
	if (versions.length === 0) return [{ version: process.version, executable: process.execPath }];
	return versions.map(fetchLine);
}

function fetchLine(version: string): NodeLine {
	console.log(`fetching Node ${version}`);
	const args = ["--yes", "-p", `node@${version}`, "node", "-p", "process.execPath + ' ' + process.version"];
	// Elsewhere than here, where npx would look for what this workspace has installed.
	const options = { cwd: tmpdir(), encoding: "utf8", timeout: FETCH_TIMEOUT_MS } as const;
	const [, executable, found] = /^(.+) (v\d+\.\d+\.\d+)$/m.exec(execFileSync("npx", args, options)) ?? [];
	if (executable === undefined || found?.startsWith(`v${version}`) !== true) {
		throw new Error(`npx gave ${found ?? "nothing"} for node@${version}`);
	}
	return { version: found, executable };
}
