import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADAPTERS, EVERY_KIND, KINDS, serve } from "./run.ts";

const BODY = "held, ".repeat(5_000);

describe("a SIGTERM while a request is in flight", { concurrency: 2, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		const options = ADAPTERS.includes(kind) ? { server: { keepAliveTimeoutMs: 65_000 } } : undefined;

		test(`${kind} answers it whole, says Connection: close, and exits at once`, async (t) => {
			const program = await serve(t, KINDS[kind], { ...(options && { options }) });
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("release");
			const { status, headers, body } = await client.answer();
			assert.deepEqual(
				{ status, connection: headers.connection, isWhole: body === BODY },
				{ status: 200, connection: "close", isWhole: true },
			);
			assert.equal(await client.ended, "end");
			await program.exits(0);
			const tookMs = (await program.exitedAtMs) - client.lastByteAtMs();
			assert.ok(tookMs < 500, `it took ${Math.round(tookMs)} ms from the last byte to the exit`);
		});

		test(`${kind} sends the rest of a body whose head is out, and ends the connection after it`, async (t) => {
			const program = await serve(t, KINDS[kind], { ...(options && { options }) });
			const client = await program.hold("/stream");
			await client.until("begun, ");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("release");
			const { headers, body } = await client.answer();
			assert.deepEqual(
				{ body, connection: headers.connection },
				{ body: "begun, ended", connection: "keep-alive" },
			);
			assert.equal(await client.ended, "end");
			await program.exits(0);
		});

		test(`${kind} answers both of two pipelined requests`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			const client = await program.connect();
			client.get("/held");
			client.get("/held");
			await program.says("held", 2);
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("release");
			const answers = [await client.answer(), await client.answer()];
			assert.deepEqual(
				answers.map(({ status, body }) => [status, body === BODY]),
				[
					[200, true],
					[200, true],
				],
			);
			assert.equal(answers[1]?.headers.connection, "close");
			assert.equal(await client.ended, "end");
			await program.exits(0);
		});

		test(`${kind} never gives half an answer to a request that is pipelined after the signal`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			client.get("/now");
			program.tell("release");
			assert.equal((await client.answer()).body, BODY);
			const second = await client.answer().catch(() => undefined);
			const how = await client.ended;
			if (second === undefined) assert.match(client.received(), /held, $/, "half an answer");
			else assert.equal(second.status, 200);
			// Bytes that nobody reads any more make the system reset the connection.
			assert.match(how, /^(?:end|ECONNRESET|EPIPE)$/);
			await program.exits(0);
		});

		test(`${kind} reads an upload to its end`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			const client = await program.connect();
			client.send(
				"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: x/y\r\nContent-Length: 30000\r\n\r\n",
			);
			client.send("x".repeat(10_000));
			await program.says("held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			client.send("x".repeat(20_000));
			const { headers, body } = await client.answer();
			assert.deepEqual(
				{ body, connection: headers.connection },
				{ body: "30000 bytes", connection: "close" },
			);
			await program.exits(0);
		});
	}
});
