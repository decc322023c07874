import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { EVERY_KIND, KINDS, serve } from "./run.ts";

const RUNS = 20;

describe("the last line of the log", { concurrency: 2, timeout: 90_000 }, () => {
	test(`is in the pipe, ${RUNS} times of ${RUNS}`, async (t) => {
		for (let run = 0; run < RUNS; run++) {
			const program = await serve(t, KINDS["Express 5"]);
			program.signal("SIGTERM");
			await program.exits(0);
		}
	});

	test(`is in the file, ${RUNS} times of ${RUNS}`, async (t) => {
		const folder = mkdtempSync(join(tmpdir(), "last-line-"));
		t.after(() => rmSync(folder, { recursive: true }));
		for (let run = 0; run < RUNS; run++) {
			const program = await serve(t, KINDS["node:http"], { stdoutFile: join(folder, String(run)) });
			program.signal("SIGTERM");
			await program.exits(0);
		}
	});
});

describe("a closed pipe at standard output", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		test(`${kind} drains and exits with 0 all the same`, async (t) => {
			const program = await serve(t, KINDS[kind], { tellsOnStderr: true });
			program.child.stdout?.destroy();
			const client = await program.hold("/stream");
			await client.until("begun, ");
			program.signal("SIGTERM");
			program.tell("release");
			assert.equal((await client.answer()).body, "begun, ended");
			await program.exitsSilently(0);
			assert.deepEqual(program.cries(), []);
		});
	}

	test("does not kill a program that prints lines of its own", async (t) => {
		const program = await serve(t, "talks.mjs", { tellsOnStderr: true });
		program.child.stdout?.destroy();
		program.tell("talk");
		await program.says("talked");
		const client = await program.hold("/held");
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		await program.exitsSilently(0);
	});
});

test("a pipe that nobody reads does not keep the process from ending", { timeout: 20_000 }, async (t) => {
	const program = await serve(t, KINDS["node:http"], { tellsOnStderr: true });
	program.child.stdout?.removeAllListeners("data").pause();
	const client = await program.connect();
	// Their lines are several times what a pipe holds.
	for (let requests = 0; requests < 5_000; requests++) client.get("/now", "x".repeat(100));
	await client.answer();
	program.signal("SIGTERM");
	await program.exitedAtMs;
	assert.equal(program.child.signalCode, null);
});
