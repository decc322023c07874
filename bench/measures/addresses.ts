/** What the limiter's table in memory takes for each of a million addresses, and that a flood of others forgets nobody. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export interface Addresses {
	readonly name: string;
	readonly bytesPerKey: number;
	/** Hits of a key that was used up before the flood, at its next try: fewer means that the flood has freed it. */
	readonly hitsAfterFlood: number;
}

export function measureAddresses(): readonly Addresses[] {
	return ["ours", "express-rate-limit"].map((name) => {
		const program = join(import.meta.dirname, "..", "programs", "addresses.mjs");
		const run = spawnSync(process.execPath, ["--expose-gc", program, name], { encoding: "utf8" });
		if (run.status !== 0) throw new Error(run.stderr);
		return { name, ...JSON.parse(run.stdout) };
	});
}
