/**
 * Files of code that a program has loaded when it has answered a first request, that of somebody who logs in where there
 * are sessions: what is loaded late, or behind the boot, counts as well.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Arm } from "../arms.ts";
import { type How, type Server, startServer } from "../server.ts";
import { logIn } from "../visitors.ts";

const NOTE_MODULES = join(import.meta.dirname, "..", "programs", "note-modules.mjs");

export async function modulesLoaded(arm: Arm, how: How): Promise<readonly string[]> {
	const folder = mkdtempSync(join(tmpdir(), "production-ready-bench-"));
	const file = join(folder, "modules");
	const server = await startServer(arm, {
		...how,
		execArgv: ["--import", NOTE_MODULES],
		env: { ...how.env, MODULES_FILE: file },
	});
	try {
		await answerOne(server);
	} finally {
		await server.stop();
	}
	const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
	rmSync(folder, { recursive: true });
	return [...new Set(lines)];
}

async function answerOne(server: Server): Promise<void> {
	if (server.arm.store !== undefined) await logIn(server);
	else await (await fetch(`http://127.0.0.1:${server.port}/small`)).text();
}
