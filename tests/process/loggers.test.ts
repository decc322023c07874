import assert from "node:assert/strict";
import { describe } from "node:test";
import { ADAPTERS } from "./kinds.ts";
import { serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

describe("a logger of the program's that fails", TOGETHER, () => {
	scenario(
		"K61",
		ADAPTERS,
		"does not keep the fatal line from being written, nor the exit code from being 1",
		async (t, kind) => {
			const program = await serve(t, kind, { extras: { logger: "broken" } });
			const client = await program.hold("/held");
			program.tell("crash");
			await program.stderr.until(
				"line of the drain",
				(text) => text.includes("stopped listening") || undefined,
			);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.exitsSilently(1);
			assert.deepEqual(
				program.cries().map(({ level, msg }) => [level, msg]),
				[[60, "thrown in a timer"]],
			);
			assert.match(program.stderr.all(), /\nshutdown complete \(the logger threw: the logger is broken\)\n$/);
		},
	);

	scenario("K61", ADAPTERS, "does not keep a shutdown from ending well", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "broken" } });
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.stderr.until(
			"line of the drain",
			(text) => text.includes("stopped listening") || undefined,
		);
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		await program.exitsSilently(0);
		assert.deepEqual(program.cries(), []);
		assert.match(program.stderr.all(), /\nshutdown complete \(the logger threw: the logger is broken\)\n$/);
	});

	scenario(
		"K71",
		ADAPTERS,
		"by the death of its worker thread costs lines, and neither process nor shutdown",
		async (t, kind) => {
			const program = await serve(t, kind, { extras: { logger: "transport" } });
			program.tell("lose worker");
			await program.says("worker lost");
			const client = await program.connect();
			client.get("/now");
			assert.equal((await client.answer()).status, 200);
			program.signal("SIGTERM");
			assert.equal(await client.ended, "end");
			await program.exitsSilently(0);
		},
	);
});
