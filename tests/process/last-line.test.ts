import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext } from "node:test";
import { ADAPTERS, EXPRESS_5, FAMILIES, type Kind } from "./kinds.ts";
import { type How, serve } from "./run.ts";
import { scenario } from "./scenario.ts";

/** How often, because what is lost is lost now and then: `REPEATS=100` asks for more. */
const REPEATS = Number(process.env.REPEATS ?? 5);

/** Asks, stops, and judges the end, as often as that. */
async function repeat(t: TestContext, kind: Kind, how: (run: number) => How): Promise<void> {
	for (let run = 0; run < REPEATS; run++) {
		const program = await serve(t, kind, how(run));
		const client = await program.connect();
		client.get("/now");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		assert.equal(await client.ended, "end");
		await program.exits(0);
		assert.equal(program.stderr.all(), "");
	}
}

function folder(t: TestContext): string {
	const path = mkdtempSync(join(tmpdir(), "last-line-"));
	t.after(() => rmSync(path, { recursive: true }));
	return path;
}

const LOGGERS = [
	["plain", "a pino", ADAPTERS],
	["buffering", "a pino that keeps 4 kB before it writes", ADAPTERS],
	["transport", "a pino whose transport is a worker thread", ADAPTERS],
	["stream", "a pino that writes to a stream of Node's", [EXPRESS_5]],
	["several", "a pino that writes to several", [EXPRESS_5]],
] as const;

// Every run starts a process: what they may take together grows with their number.
describe("the last line of the log", { concurrency: 2, timeout: REPEATS * 114_000 }, () => {
	scenario("S41", FAMILIES, "it is in the pipe, each time", async (t, kind) => {
		await repeat(t, kind, () => ({}));
	});

	scenario("S41", FAMILIES, "it is in the file, each time", async (t, kind) => {
		const path = folder(t);
		await repeat(t, kind, (run) => ({ stdoutFile: join(path, String(run)) }));
	});

	for (const [logger, name, kinds] of LOGGERS) {
		scenario("S41", kinds, `it is in the pipe, each time, by ${name} of the program's`, async (t, kind) => {
			await repeat(t, kind, () => ({ extras: { logger } }));
		});

		scenario("S41", kinds, `it is in the file, each time, by ${name} of the program's`, async (t, kind) => {
			const path = folder(t);
			await repeat(t, kind, (run) => ({ stdoutFile: join(path, String(run)), extras: { logger } }));
		});
	}
});
