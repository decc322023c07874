import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { serve } from "./run.ts";

describe("a CommonJS program", { timeout: 30_000 }, () => {
	test("is drained like any other, with its closers", async (t) => {
		// Node 22 warns of require() for ES modules outside of node_modules.
		const program = await serve(t, "commonjs.cjs", { execArgv: ["--disable-warning=ExperimentalWarning"] });
		const client = await program.connect();
		client.get("/now");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		await program.exits(0);
		assert.match(program.stdout.all(), /^pool closed$/m);
		assert.equal(await client.ended, "end");
	});
});
