import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusal } from "./client.ts";
import { ADAPTERS, KINDS, serve } from "./run.ts";

describe("the waits of a shutdown", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of ADAPTERS) {
		test(`${kind} goes on serving during the drain delay and tells only /readyz`, async (t) => {
			const options = { shutdown: { drainDelayMs: 1_000 } };
			const program = await serve(t, KINDS[kind], { options });
			const idle = await program.connect();
			idle.get("/readyz");
			assert.equal((await idle.answer()).status, 200);
			program.signal("SIGTERM");
			await program.logs("shutdown started");
			const fresh = await program.connect();
			for (const client of [idle, fresh]) {
				const seen: unknown[] = [];
				for (const path of ["/now", "/readyz", "/livez"]) {
					client.get(path);
					const { status, headers } = await client.answer();
					seen.push([path, status, headers.connection]);
				}
				assert.deepEqual(seen, [
					["/now", 200, "keep-alive"],
					["/readyz", 503, "keep-alive"],
					["/livez", 200, "keep-alive"],
				]);
			}
			const { elapsedMs } = await program.logs("stopped listening");
			assert.ok(Number(elapsedMs) >= 999, `stopped listening after ${elapsedMs} ms`);
			await program.exits(0);
			assert.deepEqual([await idle.ended, await fresh.ended], ["end", "end"]);
		});

		test(`${kind} lingers: no new connection, and one more request on those there are`, async (t) => {
			const options = { shutdown: { lingerMs: 1_000 } };
			const program = await serve(t, KINDS[kind], { options });
			const [used, unused] = [await program.connect(), await program.connect()];
			for (const client of [used, unused]) {
				client.get("/now");
				assert.equal((await client.answer()).headers.connection, "keep-alive");
			}
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			assert.equal(await refusal(program.port), "ECONNREFUSED");
			used.get("/now");
			const { status, headers } = await used.answer();
			assert.deepEqual([status, headers.connection], [200, "close"]);
			assert.deepEqual([await used.ended, await unused.ended], ["end", "end"]);
			await program.exits(0);
		});
	}

	test("a request in flight at the end of the linger is still finished", async (t) => {
		const program = await serve(t, KINDS["Express 5"], { options: { shutdown: { lingerMs: 300 } } });
		const [busy, idle] = [await program.hold("/held"), await program.connect()];
		idle.get("/now");
		await idle.answer();
		program.signal("SIGTERM");
		assert.equal(await idle.ended, "end");
		program.tell("release");
		assert.equal((await busy.answer()).status, 200);
		await program.exits(0);
	});
});
