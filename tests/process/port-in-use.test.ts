import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EXPRESS_5, HTTP1, type Kind } from "./kinds.ts";
import { takenPort } from "./ports.ts";
import { serve, start } from "./run.ts";
import { TOGETHER } from "./scenario.ts";

const WITH_CALLBACK: Kind = {
	...EXPRESS_5,
	name: "Express 5 with a callback",
	program: "express-5-callback.mjs",
};

describe("a port that another process has", TOGETHER, () => {
	for (const kind of [...HTTP1, WITH_CALLBACK]) {
		test(`${kind.name} ends with 1 and one line that says what to do`, async (t) => {
			const port = await takenPort(t);
			const running = start(t, kind, { env: { PORT: String(port) } });
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
