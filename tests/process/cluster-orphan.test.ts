import assert from "node:assert/strict";
import { describe } from "node:test";
import { NODE } from "./kinds.ts";
import { serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

describe("a worker whose primary is gone", TOGETHER, () => {
	for (const isDraining of [false, true]) {
		const when = isDraining ? "while it drains" : "while it serves";
		scenario("S36", [NODE], `${when}, finishes its request and ends well`, async (t, kind) => {
			const program = await serve(t, kind, { program: "cluster-orphan.mjs" });
			const client = await program.hold("/");
			const [worker = 0] = program.childPids();
			if (isDraining) {
				process.kill(worker, "SIGTERM");
				await program.logs("stopped listening");
			}
			program.signal("SIGKILL");
			await program.exitedAtMs;
			const { reason } = await program.logs("shutdown started");
			assert.equal(reason, isDraining ? "SIGTERM" : "disconnect");
			await program.logs("stopped listening");
			process.kill(worker, "SIGUSR2");
			const { status, headers, body } = await client.answer();
			assert.deepEqual([status, headers.connection, body], [200, "close", "answered by an orphan"]);
			assert.equal(await client.ended, "end");
			const { pid, exitCode } = await program.logs("shutdown complete");
			assert.deepEqual([pid, exitCode], [worker, 0]);
			assert.doesNotMatch(program.stderr.all(), /ERR_IPC|Error/);
		});
	}
});
