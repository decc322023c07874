/** Files of code that a program loads before it listens. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Arm } from "../arms.ts";
import { type How, startServer } from "../server.ts";

const NOTE_MODULES = join(import.meta.dirname, "..", "programs", "note-modules.mjs");

export async function modulesLoaded(arm: Arm, how: How): Promise<readonly string[]> {
	const folder = mkdtempSync(join(tmpdir(), "production-ready-bench-"));
	const file = join(folder, "modules");
	const server = await startServer(arm, {
		...how,
		execArgv: ["--import", NOTE_MODULES],
		env: { ...how.env, MODULES_FILE: file },
	});
	await server.stop();
	const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
	rmSync(folder, { recursive: true });
	return [...new Set(lines)];
}
