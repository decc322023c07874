/** Clients that go before they are answered, such as by a timeout of their own: their handlers are in the middle of something. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { connectHttp2 } from "./http2-client.ts";
import { ALL_KINDS, FAMILIES, HTTP1, HTTP2, type Kind } from "./kinds.ts";
import { type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** Asks, and goes once a handler works on it. */
async function goFrom(program: Serving, kind: Kind, path: string): Promise<void> {
	if (!HTTP2.includes(kind)) {
		const client = await program.hold(path);
		client.socket.destroy();
		return;
	}
	const { session } = await connectHttp2(program.port);
	session.request({ ":path": path }).on("error", () => {});
	await program.says("held");
	session.destroy();
}

describe("a SIGTERM behind a client that has gone", TOGETHER, () => {
	scenario("K70", ALL_KINDS, "its handler comes to its end", async (t, kind) => {
		const program = await serve(t, kind);
		await goFrom(program, kind, "/held");
		const idle = await program.connect();
		program.signal("SIGTERM");
		assert.equal((await program.logs("shutdown started")).inFlight, 1);
		// Nobody else is waited for.
		await idle.ended;
		program.tell("release");
		await program.says("released");
		await program.exits(0);
		const said = program.stdout.all();
		assert.doesNotMatch(said, /no longer waited for/);
		assert.ok(said.indexOf("released") < said.indexOf("all requests finished"), said);
	});

	scenario(
		"K70",
		ALL_KINDS,
		"one that never ends is named, and holds nobody until the deadline",
		async (t, kind) => {
			const program = await serve(t, kind);
			await goFrom(program, kind, "/dropped");
			program.signal("SIGTERM");
			await program.exits(0);
			const givenUp = program.lines().filter(({ msg }) => String(msg).startsWith("no longer waited for"));
			assert.deepEqual(
				givenUp.map(({ level }) => level),
				[40],
			);
			assert.match(String(givenUp[0]?.msg), /have gone: 1 request \(GET \/dropped/);
		},
	);

	scenario("K70", FAMILIES, "the closers wait for it, also where its server is closed", async (t, kind) => {
		const program = await serve(t, kind, { extras: { closers: { pool: { way: "fine" } } } });
		await goFrom(program, kind, "/held");
		program.tell("close");
		await program.says("closed");
		program.signal("SIGTERM");
		assert.equal((await program.logs("shutdown started")).inFlight, 1);
		program.tell("release");
		await program.exits(0);
		const said = program.stdout.all();
		assert.ok(said.indexOf("released") < said.indexOf("closes pool"), said);
	});

	scenario("K70", HTTP1, "nobody waits for one that was not sent whole", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.connect();
		client.send(
			"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: x/y\r\nContent-Length: 9\r\n\r\nfour",
		);
		await program.says("held");
		client.socket.destroy();
		program.signal("SIGTERM");
		await program.exits(0);
		assert.ok(program.lines().every(({ msg }) => !String(msg).includes("no longer waited for")));
	});
});
