import assert from "node:assert/strict";
import { describe } from "node:test";
import { HTTP1, HTTPS, type Kind, PLAINTEXT } from "./kinds.ts";
import { AT_ONCE_MS, type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const BODY = "held, ".repeat(5_000);
/** What `/large` sends. */
const LARGE = "a megabyte has sixty-four of these. ".repeat(456).slice(0, 16_384).repeat(1_024);

/** An idle time that no test could wait for. */
const optionsOf = (kind: Kind): object =>
	kind.hasAdapter ? { options: { server: { keepAliveTimeoutMs: 65_000 } } } : {};

/** Sends the signal, and resolves once the program no longer listens and is done with idle connections. */
async function stop(program: Serving): Promise<void> {
	const idle = await program.connect();
	program.signal("SIGTERM");
	await program.logs("stopped listening");
	assert.equal(await idle.ended, "end");
}

describe("a SIGTERM while a request is in flight", TOGETHER, () => {
	for (const [ids, kinds] of [
		["S4", PLAINTEXT],
		["S4 S20", HTTPS],
	] as const) {
		scenario(
			ids,
			kinds,
			"it is answered whole, with Connection: close, and the exit follows",
			async (t, kind) => {
				const program = await serve(t, kind, optionsOf(kind));
				const client = await program.hold("/held");
				await stop(program);
				program.tell("release");
				const { status, headers, body } = await client.answer();
				assert.deepEqual(
					{ status, connection: headers.connection, isWhole: body === BODY },
					{ status: 200, connection: "close", isWhole: true },
				);
				assert.equal(await client.ended, "end");
				await program.exits(0);
				const tookMs = (await program.exitedAtMs) - client.lastByteAtMs();
				assert.ok(tookMs < AT_ONCE_MS, `it took ${Math.round(tookMs)} ms from the last byte to the exit`);
			},
		);
	}

	scenario("S4", HTTP1, "its client is told so, also where its program says otherwise", async (t, kind) => {
		const program = await serve(t, kind, optionsOf(kind));
		const client = await program.hold("/handed-on");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.tell("release");
		const { status, headers, body } = await client.answer();
		assert.deepEqual([status, headers.connection, body === BODY], [200, "close", true]);
		assert.doesNotMatch(client.received(), /connection: keep-alive/i);
		assert.equal(await client.ended, "end");
		await program.exits(0);
	});

	scenario(
		"S5",
		HTTP1,
		"a body whose head is out is sent to its end, and the connection ends after it",
		async (t, kind) => {
			const program = await serve(t, kind, optionsOf(kind));
			const client = await program.hold("/stream");
			await client.until("begun, ");
			await stop(program);
			program.tell("release");
			const { headers, body } = await client.answer();
			assert.deepEqual(
				{ body, connection: headers.connection },
				{ body: "begun, ended", connection: "keep-alive" },
			);
			assert.equal(await client.ended, "end");
			await program.exits(0);
		},
	);

	scenario("S7", HTTP1, "both of two pipelined requests are answered", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.connect();
		client.get("/held");
		client.get("/held");
		await program.says("held", 2);
		await stop(program);
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

	scenario(
		"S8",
		HTTP1,
		"a request that is pipelined after the signal never gets half an answer",
		async (t, kind) => {
			const program = await serve(t, kind);
			const client = await program.hold("/held");
			await stop(program);
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
		},
	);

	scenario("S11", HTTP1, "an upload is read to its end", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.connect();
		client.send(
			"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: x/y\r\nContent-Length: 30000\r\n\r\n",
		);
		client.send("x".repeat(10_000));
		await program.says("held");
		await stop(program);
		// One piece after the other, each written out before the next.
		for (let piece = 0; piece < 10; piece++) {
			await new Promise((resolve) => client.socket.write("x".repeat(2_000), resolve));
		}
		const { headers, body } = await client.answer();
		assert.deepEqual({ body, connection: headers.connection }, { body: "30000 bytes", connection: "close" });
		assert.equal(await client.ended, "end");
		await program.exits(0);
	});

	scenario("S13", HTTP1, "a reader that is slow gets every byte of a chunked download", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.connect();
		client.get("/large");
		// From here on the answer fills what the system keeps, and waits.
		client.socket.pause();
		await program.says("held");
		await stop(program);
		assert.equal(
			program.lines().some(({ msg }) => msg === "all requests finished"),
			false,
		);
		client.socket.resume();
		assert.equal(await client.ended, "end");
		const { status, headers, body } = await client.answer();
		assert.deepEqual([status, headers["transfer-encoding"], body.length], [200, "chunked", LARGE.length]);
		assert.ok(body === LARGE, "other bytes than those that were sent");
		await program.exits(0);
	});
});
