import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { takenPort } from "./ports.ts";
import { KINDS, serve, start } from "./run.ts";

describe("a port that another process has", { concurrency: 4, timeout: 30_000 }, () => {
	for (const program of [...Object.values(KINDS), "express-5-callback.mjs"]) {
		test(`${program} ends with 1 and one line that says what to do`, async (t) => {
			const port = await takenPort(t);
			const running = start(t, program, { env: { PORT: String(port) } });
			await running.exits(1);
			assert.equal(running.stderr.all().trimEnd().split("\n").length, 1, running.stderr.all());
			const [line] = running.cries();
			assert.deepEqual({ level: line?.level, code: line?.code }, { level: 60, code: "LISTEN_FAILED" });
			assert.match(String(line?.msg), /EADDRINUSE/);
			assert.match(String(line?.hint), new RegExp(`port ${port}, or set PORT`));
		});
	}

	test("is the program's own affair where it listens for the error and tries another", async (t) => {
		const port = await takenPort(t);
		const program = await serve(t, "another-port.mjs", { env: { PORT: String(port) } });
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.tell("release");
		const { status, headers } = await client.answer();
		assert.deepEqual([status, headers.connection], [200, "close"]);
		await program.exits(0);
		assert.equal(program.stderr.all(), "");
	});
});
