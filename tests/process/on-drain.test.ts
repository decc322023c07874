import assert from "node:assert/strict";
import { describe } from "node:test";
import { HTTP1, PLAINTEXT } from "./kinds.ts";
import { serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** A deadline of one second. */
const SHORT = { SHUTDOWN_GRACE_SECONDS: "1.25" };

describe("answers that would go on for ever", TOGETHER, () => {
	scenario(
		"S14",
		HTTP1,
		"an event stream is ended by its hook, and says when to come back",
		async (t, kind) => {
			const program = await serve(t, kind);
			const client = await program.hold("/events");
			await client.until("data: hello");
			program.signal("SIGTERM");
			const { body } = await client.answer();
			const [, reconnectAfterMs] = /^data: hello\n\nretry: (\d+)\n\n$/.exec(body) ?? assert.fail(body);
			assert.ok(Number(reconnectAfterMs) >= 1_000 && Number(reconnectAfterMs) <= 5_000, reconnectAfterMs);
			assert.equal(await client.ended, "end");
			await program.exits(0);
		},
	);

	scenario(
		"S14",
		PLAINTEXT,
		"an event stream without a hook is cut at the deadline and named",
		async (t, kind) => {
			const program = await serve(t, kind, { env: SHORT });
			const client = await program.hold("/events?forgets", "stream-1");
			program.signal("SIGTERM");
			await program.exits(1);
			const { msg } = await program.logs("shutdown complete");
			assert.equal(msg, "shutdown complete");
			const late = program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE");
			assert.match(String(late?.msg), /GET \/events, \d\.\d s, id stream-1/);
			assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
		},
	);

	scenario(
		"S14",
		HTTP1,
		"a long poll that listens for the end answers that there is nothing",
		async (t, kind) => {
			const program = await serve(t, kind);
			const client = await program.hold("/poll");
			program.signal("SIGTERM");
			const { status, headers, body } = await client.answer();
			assert.deepEqual([status, headers.connection, body], [200, "close", "nothing new"]);
			assert.equal(await client.ended, "end");
			await program.exits(0);
		},
	);

	scenario("S14", PLAINTEXT, "a hook is asked while the program only closes its server", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.hold("/events");
		program.tell("close");
		assert.match((await client.answer()).body, /retry: \d+\n\n$/);
		assert.equal(await client.ended, "end");
		await program.says("closed");
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S14", PLAINTEXT, "two hundred streams are not all told in the same moment", async (t, kind) => {
		const options = kind.hasAdapter && { options: { rateLimit: false } };
		const program = await serve(t, kind, { ...options });
		const clients = await Promise.all(Array.from({ length: 200 }, () => program.hold("/events")));
		program.signal("SIGTERM");
		for (const client of clients) await client.answer();
		await program.exits(0);
		// A hundred a second at most, and a third of the deadline of four seconds: 1.3 s. By the program's own clock, as a
		// client that is late has them all at once.
		const endedAtMs = program.lines().flatMap(({ path, time }) => (path === "/events" ? [Number(time)] : []));
		const spreadMs = Math.max(...endedAtMs) - Math.min(...endedAtMs);
		assert.equal(endedAtMs.length, 200);
		assert.ok(spreadMs > 600, `all were told within ${Math.round(spreadMs)} ms`);
	});
});
