import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./condition.ts";

/** Runs this while no other process runs anything under the same name. */
export async function alone<Result>(name: string, body: () => Promise<Result>): Promise<Result> {
	const lock = join(tmpdir(), `production-ready-${name}.lock`);
	await until(`turn for ${name}`, () => take(lock), LONGEST_MS);
	try {
		return await body();
	} finally {
		remove(lock);
	}
}

/** Longer than the test runner waits for a test. */
const LONGEST_MS = 300_000;

/** A folder that already has its owner in it takes the place of the lock at once: it is never there without one. */
function take(lock: string): boolean {
	const own = mkdtempSync(`${lock}-`);
	writeFileSync(join(own, "pid"), String(process.pid));
	try {
		renameSync(own, lock);
		return true;
	} catch {
		rmSync(own, { recursive: true });
		if (isAbandoned(lock)) remove(lock);
		return false;
	}
}

/** Its owner was killed before it could take the lock away. */
function isAbandoned(lock: string): boolean {
	try {
		process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
		return false;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "ESRCH";
	}
}

/** At once, too: a lock without its owner, as it would be halfway, is one that the next may take. */
function remove(lock: string): void {
	const away = mkdtempSync(`${lock}-`);
	renameSync(lock, away);
	rmSync(away, { recursive: true });
}
