import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:http2";
import { describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "./client.ts";
import { connectHttp2 } from "./http2-client.ts";
import { connectRaw } from "./http2-frames.ts";
import { HTTP2, NODE_HTTP2 } from "./kinds.ts";
import { AT_ONCE_MS, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const SHORT = { SHUTDOWN_GRACE_SECONDS: "1.25" };

/** Longer than a client of this deadline is waited for that is not heard. */
const LONGER = { env: { SHUTDOWN_GRACE_SECONDS: "3" } };
const LONGER_MS = 1_500;

describe("a SIGTERM while HTTP/2 is spoken", TOGETHER, () => {
	for (const isTls of [false, true]) {
		const how = isTls ? "over TLS" : "in cleartext";

		scenario(
			"S4 S17",
			HTTP2,
			`${how}: after a GOAWAY open streams are finished, and no new one begins`,
			async (t, kind) => {
				const program = await serve(t, kind, { isTls });
				const { ask, away, closed } = await connectHttp2(program.port, { isTls });
				const answer = ask("/held");
				await program.says("held");
				program.signal("SIGTERM");
				await away;
				await assert.rejects(ask("/now"), { code: "ERR_HTTP2_GOAWAY_SESSION" });
				program.tell("release");
				const { status, body } = await answer;
				assert.deepEqual([status, body.length], [200, 30_000]);
				await closed;
				await program.exits(0);
			},
		);

		scenario(
			"S2 S18",
			HTTP2,
			`${how}: idle sessions and silent connections are not waited for`,
			async (t, kind) => {
				const program = await serve(t, kind, { isTls });
				const silent = await connect(program.port);
				const { ask, closed } = await connectHttp2(program.port, { isTls });
				assert.equal((await ask("/now")).body, "now");
				program.signal("SIGTERM");
				await program.exits(0);
				await closed;
				assert.match(await silent.ended, /^(?:end|ECONNRESET)$/);
				const { elapsedMs } = await program.logs("shutdown complete");
				assert.ok(Number(elapsedMs) < AT_ONCE_MS, `it took ${elapsedMs} ms`);
			},
		);

		scenario(
			"S6",
			HTTP2,
			`${how}: closed by the program, it finishes its streams and closes soon`,
			async (t, kind) => {
				const program = await serve(t, kind, { isTls });
				const { ask, closed } = await connectHttp2(program.port, { isTls });
				const answer = ask("/held");
				await program.says("held");
				program.tell("close");
				await program.says("closing");
				program.tell("release");
				assert.equal((await answer).body.length, 30_000);
				const lastByteAtMs = performance.now();
				await program.says("closed");
				const tookMs = performance.now() - lastByteAtMs;
				assert.ok(tookMs < AT_ONCE_MS, `it took ${Math.round(tookMs)} ms from the last byte to the close`);
				await closed;
				program.signal("SIGTERM");
				await program.exits(0);
			},
		);
	}

	scenario("S6", [NODE_HTTP2], "closed and listening again it serves, and closes again", async (t, kind) => {
		const program = await serve(t, kind);
		const busy = await connectHttp2(program.port);
		const [held, told] = [busy.ask("/held"), busy.ask("/events")];
		await program.says("held", 2);
		program.tell("close");
		assert.match((await told).body, /retry/);
		program.tell("listen again");
		await program.says("listens again");
		const { ask, closed } = await connectHttp2(program.port);
		const events = ask("/events");
		await program.says("held", 3);
		assert.equal((await ask("/now")).status, 200);
		program.tell("close");
		assert.match((await events).body, /retry/);
		await closed;
		program.tell("release");
		assert.equal((await held).status, 200);
		await program.says("closed", 2);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S1", HTTP2, "a process with nothing to do exits with 0", async (t, kind) => {
		const program = await serve(t, kind);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S5", HTTP2, "a body whose head is out is sent to its end", async (t, kind) => {
		const program = await serve(t, kind);
		const { ask, closed } = await connectHttp2(program.port);
		const answer = ask("/stream");
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.tell("release");
		assert.deepEqual(await answer, { status: 200, body: "begun, ended" });
		await closed;
		await program.exits(0);
	});

	scenario("S11", HTTP2, "an upload is read to its end", async (t, kind) => {
		const program = await serve(t, kind);
		const { session } = await connectHttp2(program.port);
		const stream = session.request({ ":path": "/upload", ":method": "POST", "content-type": "x/y" });
		stream.write("x".repeat(10_000));
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		stream.end("x".repeat(20_000));
		const [body] = await once(stream.setEncoding("utf8"), "data");
		assert.equal(body, "30000 bytes");
		await program.exits(0);
	});

	scenario("S13", HTTP2, "a reader that is slow gets every byte", async (t, kind) => {
		const program = await serve(t, kind);
		const { session } = await connectHttp2(program.port);
		const stream = session.request({ ":path": "/large" });
		// Nobody reads: the window of the stream is soon full.
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		assert.equal(
			program.lines().some(({ msg }) => msg === "all requests finished"),
			false,
		);
		let bytes = 0;
		for await (const chunk of stream) bytes += (chunk as Buffer).length;
		assert.equal(bytes, 16_384 * 1_024);
		await program.exits(0);
	});

	scenario("S13", [NODE_HTTP2], "nor is one cut that has its answer in one piece", async (t, kind) => {
		const program = await serve(t, kind);
		const { body } = await connectRaw(program.port, "/whole");
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		// Longer than the other side has to say goodbye.
		await pause(1_500);
		assert.equal(await body(), 16 * 1_024 * 1_024);
		await program.exits(0);
	});

	scenario("S13", [NODE_HTTP2], "nor one that pings while it reads what it has", async (t, kind) => {
		const program = await serve(t, kind, LONGER);
		// So little that the system keeps it all.
		const { socket, body, ping } = await connectRaw(program.port, "/whole?megabytes=1");
		await program.says("held");
		const pinging = setInterval(ping, 50);
		t.after(() => clearInterval(pinging));
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		await pause(LONGER_MS);
		assert.equal(await body(), 1_024 * 1_024);
		clearInterval(pinging);
		socket.end();
		await program.exits(0);
	});

	scenario("S4", [NODE_HTTP2], "what is pushed is finished too", async (t, kind) => {
		const program = await serve(t, kind, LONGER);
		const { socket, body } = await connectRaw(program.port, "/push");
		assert.equal(await body(), "now".length);
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		await pause(LONGER_MS);
		program.tell("release");
		assert.equal(await body(), 30_000);
		socket.end();
		await program.exits(0);
	});

	scenario("K70", HTTP2, "a client that wants its answer no more ends nobody", async (t, kind) => {
		const program = await serve(t, kind);
		const { socket, cancel } = await connectRaw(program.port, "/now");
		cancel();
		socket.resume().end();
		await once(socket, "close");
		const { ask } = await connectHttp2(program.port);
		assert.equal((await ask("/now")).body, "now");
		program.signal("SIGTERM");
		await program.exits(0);
	});

	for (const method of ["GET", "HEAD"]) {
		scenario("K70", HTTP2, `nobody works on for one that has gone: ${method}`, async (t, kind) => {
			const program = await serve(t, kind);
			const { session } = await connectHttp2(program.port);
			const stream = session.request({ ":path": "/work", ":method": method });
			await program.says("held");
			stream.close(constants.NGHTTP2_CANCEL);
			await program.says("given up");
			const line = await program.logs("request aborted");
			assert.deepEqual([line.method, line.path, line.isAborted], [method, "/work", true]);
			program.signal("SIGTERM");
			assert.equal((await program.logs("shutdown started")).inFlight, 0);
			await program.exits(0);
		});
	}

	scenario("K70", HTTP2, "one that goes while the process ends has its line too", async (t, kind) => {
		const program = await serve(t, kind);
		const { session } = await connectHttp2(program.port);
		// Of an upload that goes on.
		session.request({ ":path": "/upload", ":method": "POST", "content-type": "x/y" }).on("error", () => {});
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		session.destroy();
		await program.exits(0);
		assert.equal(program.lines().filter(({ msg }) => msg === "request aborted").length, 1);
	});

	scenario("K70", [NODE_HTTP2], "one that is through without an error holds nobody", async (t, kind) => {
		const program = await serve(t, kind);
		const { session } = await connectHttp2(program.port);
		// Nobody reads: more than its window takes waits at the server.
		const stream = session.request({ ":path": "/whole" });
		await program.says("held");
		stream.close(constants.NGHTTP2_NO_ERROR);
		await program.logs("request aborted");
		session.destroy();
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S11", [NODE_HTTP2], "what is read behind its answer is read to its end", async (t, kind) => {
		const program = await serve(t, kind);
		const { session } = await connectHttp2(program.port);
		// Less than a window: the client is through before the program has read on.
		const stream = session.request({ ":path": "/early", ":method": "POST" });
		stream.end("x".repeat(60_000));
		await program.says("held");
		await once(stream.resume(), "close");
		program.tell("release");
		assert.equal(await program.says("read "), "read 60000");
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S18", [NODE_HTTP2], "an answer that comes late leaves time for the end", async (t, kind) => {
		const program = await serve(t, kind, LONGER);
		const { socket, body } = await connectRaw(program.port, "/held");
		t.after(() => socket.destroy());
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		// In the second half of the deadline.
		await pause(LONGER_MS);
		program.tell("release");
		assert.equal(await body(), 30_000);
		await program.exits(0);
	});

	scenario("K70", [NODE_HTTP2], "what the stream itself has answered is told as it left", async (t, kind) => {
		const program = await serve(t, kind);
		const { ask } = await connectHttp2(program.port);
		assert.deepEqual(await ask("/stream-api"), { status: 202, body: "streamed" });
		const line = await program.logs("request completed");
		assert.deepEqual([line.path, line.status], ["/stream-api", 202]);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S4", [NODE_HTTP2], "who asks before it sends is waited for", async (t, kind) => {
		const program = await serve(t, kind);
		const { session, ask, closed } = await connectHttp2(program.port);
		const asking = { ":method": "POST", expect: "100-continue" };
		assert.equal((await ask("/now", asking)).status, 200);
		const stream = session.request({ ":path": "/held", ...asking });
		await program.says("held");
		program.signal("SIGTERM");
		assert.equal((await program.logs("stopped listening")).inFlight, 1);
		stream.end();
		program.tell("release");
		let text = "";
		for await (const piece of stream.setEncoding("utf8")) text += piece;
		assert.match(text, /^(?:held, )+$/);
		await closed;
		await program.exits(0);
		assert.deepEqual(
			program.lines().flatMap(({ msg, path }) => (msg === "request completed" ? [path] : [])),
			["/now", "/held"],
		);
	});

	scenario("S16", [NODE_HTTP2], "a tunnel is let come to its end", async (t, kind) => {
		const program = await serve(t, kind);
		const { session, closed } = await connectHttp2(program.port);
		const stream = session.request({ ":method": "CONNECT", ":authority": "example.com:443" });
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		// Until the last goodbye has been said.
		await pause(LONGER_MS);
		program.tell("release");
		let text = "";
		for await (const piece of stream.setEncoding("utf8")) text += piece;
		assert.match(text, /^agreed, (?:held, )+$/);
		await closed;
		await program.exits(0);
	});

	scenario("S18", HTTP2, "a client that is gone without a word holds nobody", async (t, kind) => {
		const program = await serve(t, kind);
		const clients = [await connectRaw(program.port), await connectRaw(program.port, "/now")];
		t.after(() => {
			for (const { socket } of clients) socket.destroy();
		});
		assert.ok((await clients[1]!.body()) > 0);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("S12 S28", HTTP2, "a stream that hangs is cut at the deadline and named", async (t, kind) => {
		const program = await serve(t, kind, { env: SHORT });
		const { ask, closed } = await connectHttp2(program.port);
		const answer = ask("/held", { "x-request-id": "hangs-4" }).catch((error: Error) => error);
		await program.says("held");
		program.signal("SIGTERM");
		await program.exits(1);
		assert.ok((await answer) instanceof Error);
		await closed;
		const line = program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE");
		assert.match(String(line?.msg), /^deadline exceeded: 1 request \(GET \/held, \d\.\d s, id hangs-4\)/);
	});

	scenario("S21", HTTP2, "a second SIGTERM changes nothing", async (t, kind) => {
		const program = await serve(t, kind);
		const { ask } = await connectHttp2(program.port);
		const answer = ask("/held");
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGTERM");
		await program.logs("signal ignored, the shutdown is under way");
		program.tell("release");
		assert.equal((await answer).status, 200);
		await program.exits(0);
	});

	scenario(
		"S14",
		HTTP2,
		"an event stream is ended by its hook, and says when to come back",
		async (t, kind) => {
			const program = await serve(t, kind);
			const { ask, closed } = await connectHttp2(program.port);
			const answer = ask("/events");
			await program.says("held");
			program.signal("SIGTERM");
			assert.match((await answer).body, /^data: hello\n\nretry: \d+\n\n$/);
			await closed;
			await program.exits(0);
		},
	);
});
