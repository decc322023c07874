import assert from "node:assert/strict";
import { describe } from "node:test";
import { FAMILIES } from "./kinds.ts";
import { type Serving, serve, start } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const ADAPTERS = FAMILIES.filter(({ hasAdapter }) => hasAdapter);

async function probe(program: Serving, path: string): Promise<number> {
	const client = await program.connect();
	client.get(path);
	return (await client.answer()).status;
}

describe("what must have worked once", TOGETHER, () => {
	scenario("LIFE11", ADAPTERS, "it is tried again, and the process is not ready before", async (t, kind) => {
		const extras = { startup: { timeoutMs: 20_000 } };
		const program = await serve(t, kind, { extras });
		assert.deepEqual(
			[await probe(program, "/startupz"), await probe(program, "/readyz"), await probe(program, "/livez")],
			[503, 503, 200],
		);
		await program.says("attempt 3");
		program.tell("database starts");
		await program.says("database is up");
		assert.deepEqual([await probe(program, "/startupz"), await probe(program, "/readyz")], [200, 200]);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("LIFE11", FAMILIES, "one that never works ends the process, with its name", async (t, kind) => {
		// On a busy machine its time is up before the program listens.
		const program = start(t, kind, { extras: { startup: { timeoutMs: 300 } } });
		await program.exits(1);
		const [line] = program.cries();
		assert.deepEqual([line?.code, line?.msg], ["STARTUP_FAILED", "connection refused"]);
		assert.match(String(line?.hint), /"database"/);
		await program.says("given up: connection refused");
	});

	scenario("LIFE11", FAMILIES, "also where its time is up before there is an app", async (t, kind) => {
		const program = start(t, kind, { extras: { startup: { timeoutMs: 1 } } });
		await program.exits(1);
		assert.equal(program.cries()[0]?.code, "STARTUP_FAILED");
	});

	scenario("LIFE11", FAMILIES, "a stop signal gives it up, and that is no failure", async (t, kind) => {
		const program = await serve(t, kind, { extras: { startup: { timeoutMs: 20_000 } } });
		program.signal("SIGTERM");
		await program.exits(0);
	});
});
