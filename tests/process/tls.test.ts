import assert from "node:assert/strict";
import { describe } from "node:test";
import { connect } from "./client.ts";
import { HTTP2, HTTPS } from "./kinds.ts";
import { AT_ONCE_MS, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

describe("a SIGTERM while TLS is spoken", TOGETHER, () => {
	scenario(
		"S2 S3 S19",
		[...HTTPS, ...HTTP2],
		"handshakes that never end are not waited for",
		async (t, kind) => {
			const program = await serve(t, kind, { isTls: true });
			const silent = await connect(program.port);
			const stalled = await connect(program.port);
			// The first bytes of a ClientHello.
			stalled.send("\x16\x03\x01\x02\x00\x01\x00");
			program.signal("SIGTERM");
			await program.exits(0);
			const { elapsedMs } = await program.logs("shutdown complete");
			assert.ok(Number(elapsedMs) < AT_ONCE_MS, `it took ${elapsedMs} ms`);
			for (const client of [silent, stalled]) {
				assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
				assert.equal(client.received(), "");
			}
		},
	);

	scenario(
		"S2 S3",
		HTTPS,
		"nobody waits for the silent behind a handshake, nor for half a head",
		async (t, kind) => {
			const program = await serve(t, kind);
			const [silent, stuck] = [await program.connect(), await program.connect()];
			stuck.send("GET /now HTTP/1.1\r\nHost: local");
			program.signal("SIGTERM");
			await program.exits(0);
			for (const client of [silent, stuck]) {
				assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
				assert.equal(client.received(), "");
			}
		},
	);
});
