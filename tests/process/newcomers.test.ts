/** Clients that have connected just before the end, and have not asked yet. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { connect, connectOver } from "./client.ts";
import { connectHttp2 } from "./http2-client.ts";
import { inTime } from "./in-time.ts";
import { FASTIFY_HTTP2, FASTIFY_HTTPS, HTTP1, HTTP2, HTTPS } from "./kinds.ts";
import { serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** Several, as handshakes keep a process busy. */
const CLIENTS = 8;

/** So long clients that have just come are waited for: they are promised an answer where they ask within it. */
const WAITED_FOR_MS = 500;

describe("a client that has just connected", TOGETHER, () => {
	scenario("S2", HTTP1, "its first request is answered, though it comes after the signal", (t, kind) =>
		inTime(WAITED_FOR_MS, async (comes) => {
			const program = await serve(t, kind);
			comes();
			const client = await program.connect();
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			client.get("/now");
			const { status, headers } = await client.answer();
			assert.deepEqual([status, headers.connection], [200, "close"]);
			await program.exits(0);
		}),
	);

	scenario("S19 S49", HTTPS, "its handshake is waited for, and its first request", (t, kind) =>
		inTime(WAITED_FOR_MS, async (comes) => {
			const program = await serve(t, kind);
			// What is done for the first time takes longer.
			const first = await program.connect();
			first.get("/now");
			await first.answer();
			program.signal("SIGSTOP");
			program.signal("SIGTERM");
			const coming = Array.from({ length: CLIENTS }, async () => {
				const client = await program.connect();
				client.get("/now");
				return (await client.answer()).status;
			});
			// The system has taken them all: the last one too.
			await connect(program.port);
			comes();
			program.signal("SIGCONT");
			for (const status of await Promise.all(coming)) assert.equal(status, 200);
			await program.exits(0);
		}),
	);

	for (const isTls of [false, true]) {
		const how = isTls ? "over TLS" : "in cleartext";

		scenario("S2", HTTP2, `${how}: so are the first streams of its session`, (t, kind) =>
			inTime(WAITED_FOR_MS, async (comes) => {
				const program = await serve(t, kind, { isTls });
				comes();
				const { ask, closed } = await connectHttp2(program.port, { isTls });
				program.signal("SIGTERM");
				await program.logs("stopped listening");
				// The other one goes on until it hears of the drain.
				const [now, events] = await Promise.all([ask("/now"), ask("/events")]);
				assert.equal(now.body, "now");
				assert.match(events.body, /^data: hello\n\nretry: \d+\n\n$/);
				await closed;
				await program.exits(0);
			}),
		);

		scenario("S19 S49", HTTP2, `${how}: its first stream is answered, where it had to wait`, (t, kind) =>
			inTime(WAITED_FOR_MS, async (comes) => {
				const program = await serve(t, kind, { isTls });
				const first = await connectHttp2(program.port, { isTls });
				assert.equal((await first.ask("/now")).status, 200);
				program.signal("SIGSTOP");
				program.signal("SIGTERM");
				const coming = Array.from({ length: CLIENTS }, async () => {
					const { ask, closed } = await connectHttp2(program.port, { isTls });
					const { status } = await ask("/now");
					await closed;
					return status;
				});
				await connect(program.port);
				comes();
				program.signal("SIGCONT");
				for (const status of await Promise.all(coming)) assert.equal(status, 200);
				await program.exits(0);
			}),
		);
	}

	// Later than a first request is waited for where there is no linger.
	const LINGER = { shutdown: { lingerMs: 4 * WAITED_FOR_MS } };

	scenario("S9", [FASTIFY_HTTPS], "its handshake may begin within the linger", async (t, kind) => {
		const program = await serve(t, kind, { options: LINGER });
		const raw = await connect(program.port);
		await program.connect();
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		const client = await connectOver(raw.socket);
		client.get("/now");
		assert.equal((await client.answer()).status, 200);
		await program.exits(0);
	});

	scenario("S9", [FASTIFY_HTTP2], "so may the one of a session, and its first stream", async (t, kind) => {
		const program = await serve(t, kind, { isTls: true, options: LINGER });
		const raw = await connect(program.port);
		await program.connect();
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		const { ask, closed } = await connectHttp2(program.port, { isTls: true, over: raw.socket });
		assert.equal((await ask("/now")).status, 200);
		await closed;
		await program.exits(0);
	});
});
