import assert from "node:assert/strict";
import { describe } from "node:test";
import { HTTP1 } from "./kinds.ts";
import { type Running, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** A deadline of one second. */
const SHORT = { SHUTDOWN_GRACE_SECONDS: "1.25" };

const deadlineLine = (program: Running): string =>
	String(program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE")?.msg);

describe("the deadline of a shutdown", TOGETHER, () => {
	scenario("S28", HTTP1, "a request that hangs is cut and named", async (t, kind) => {
		const program = await serve(t, kind, { env: SHORT });
		const client = await program.hold("/held?token=secret", "hangs-1");
		program.signal("SIGTERM");
		await program.exits(1);
		assert.match(deadlineLine(program), /^deadline exceeded: 1 request \(GET \/held, \d\.\d s, id hangs-1\)/);
		assert.equal(client.received(), "");
		assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
		assert.doesNotMatch(program.stdout.all(), /secret/);
	});

	scenario("S12", HTTP1, "an upload that stalls is cut and named", async (t, kind) => {
		const program = await serve(t, kind, { env: SHORT });
		const client = await program.connect();
		client.send(
			"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: x/y\r\nContent-Length: 100\r\n\r\nx",
		);
		await program.says("held");
		program.signal("SIGTERM");
		await program.exits(1);
		assert.match(deadlineLine(program), /POST \/upload/);
		assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
		assert.equal(client.received(), "");
	});
});
