import assert from "node:assert/strict";
import { describe } from "node:test";
import { HTTP1, PLAINTEXT } from "./kinds.ts";
import { AT_ONCE_MS, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

describe("a SIGTERM while connections are idle", TOGETHER, () => {
	scenario("S1", HTTP1, "a connection that is kept alive is ended at once", async (t, kind) => {
		const program = await serve(t, kind);
		const idle = await program.connect();
		idle.get("/now");
		assert.equal((await idle.answer()).headers.connection, "keep-alive");
		program.signal("SIGTERM");
		assert.equal(await idle.ended, "end");
		await program.exits(0);
		const { elapsedMs } = await program.logs("shutdown complete");
		assert.ok(Number(elapsedMs) < AT_ONCE_MS, `it took ${elapsedMs} ms`);
	});

	scenario("S2 S3", PLAINTEXT, "nobody waits for the silent, nor for half a head", async (t, kind) => {
		const program = await serve(t, kind);
		const silent = await program.connect();
		const stuck = await program.connect();
		stuck.send("GET /now HTTP/1.1\r\nHost: local");
		program.signal("SIGTERM");
		await program.exits(0);
		assert.equal(await silent.ended, "end");
		assert.match(await stuck.ended, /^(?:end|ECONNRESET)$/);
		assert.deepEqual([silent.received(), stuck.received()], ["", ""]);
	});

	scenario("S1", HTTP1, "a process with nothing to do exits with 0", async (t, kind) => {
		const program = await serve(t, kind);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S45", HTTP1, "a thousand connections are closed without a warning", async (t, kind) => {
		const program = await serve(t, kind, { options: { rateLimit: false } });
		const clients = await Promise.all(Array.from({ length: 1_000 }, () => program.connect()));
		for (const client of clients) client.get("/now");
		await Promise.all(clients.map((client) => client.answer()));
		program.signal("SIGTERM");
		await program.exits(0);
		assert.deepEqual([...new Set(await Promise.all(clients.map(({ ended }) => ended)))], ["end"]);
		const { elapsedMs } = await program.logs("shutdown complete");
		assert.ok(Number(elapsedMs) < AT_ONCE_MS, `it took ${elapsedMs} ms`);
	});
});
