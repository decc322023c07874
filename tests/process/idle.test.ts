import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EVERY_KIND, KINDS, serve } from "./run.ts";

describe("a SIGTERM while connections are idle", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		test(`${kind} waits for none of those that are kept alive, silent, or stuck in a head`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			const silent = await program.connect();
			const stuck = await program.connect();
			stuck.send("GET /now HTTP/1.1\r\nHost: local");
			const idle = await program.connect();
			idle.get("/now");
			assert.equal((await idle.answer()).headers.connection, "keep-alive");
			program.signal("SIGTERM");
			await program.exits(0);
			assert.deepEqual(await Promise.all([silent.ended, idle.ended]), ["end", "end"]);
			assert.match(await stuck.ended, /^(?:end|ECONNRESET)$/);
		});
	}

	test("a process with nothing to do exits with 0", async (t) => {
		const program = await serve(t, KINDS["node:http"]);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	test("five hundred idle connections are closed without a warning", async (t) => {
		const program = await serve(t, KINDS["Express 5"], { options: { rateLimit: false } });
		const clients = await Promise.all(Array.from({ length: 500 }, () => program.connect()));
		for (const client of clients) client.get("/now");
		await Promise.all(clients.map((client) => client.answer()));
		program.signal("SIGTERM");
		await program.exits(0);
	});
});
