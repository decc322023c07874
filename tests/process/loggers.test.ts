import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Client } from "./client.ts";
import { ADAPTERS, EXPRESS_4, EXPRESS_5, FASTIFY_CREATE_APP, NODE } from "./kinds.ts";
import { type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

describe("a logger of the program's that fails", TOGETHER, () => {
	/** A program in whose hands is a request, and whose logger throws from now on. */
	async function breakLogger(program: Serving): Promise<Client> {
		const client = await program.hold("/held");
		program.tell("break logger");
		await program.says("logger broken");
		return client;
	}

	const drained = (program: Serving): Promise<unknown> =>
		program.stderr.until("line of the drain", (text) => text.includes("stopped listening") || undefined);
	const LAST_LINE = /\nshutdown complete \(the logger threw: the logger is broken\)\n$/;

	scenario("K61", ADAPTERS, "the fatal line is there all the same, and the exit code 1", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "breakable" } });
		const client = await breakLogger(program);
		program.tell("crash");
		await drained(program);
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		await program.exitsSilently(1);
		assert.deepEqual(
			program.cries().map(({ level, msg }) => [level, msg]),
			[[60, "thrown in a timer"]],
		);
		assert.match(program.stderr.all(), LAST_LINE);
	});

	scenario("K61", ADAPTERS, "a shutdown ends well all the same", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "breakable" } });
		const client = await breakLogger(program);
		program.signal("SIGTERM");
		await drained(program);
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		await program.exitsSilently(0);
		assert.deepEqual(program.cries(), []);
		assert.match(program.stderr.all(), LAST_LINE);
	});

	// The logger of createApp is Fastify's too, and what Fastify says by it is Fastify's affair.
	const WITHOUT_OWN_LINES = ADAPTERS.filter((kind) => kind !== FASTIFY_CREATE_APP);

	scenario("K61", WITHOUT_OWN_LINES, "the program starts all the same", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "broken" } });
		program.signal("SIGTERM");
		await program.exitsSilently(0);
		assert.match(program.stderr.all(), LAST_LINE);
	});

	// Fastify has loaded pino itself, and createApp hands it a logger of ours.
	scenario(
		"K61",
		[EXPRESS_4, EXPRESS_5, NODE],
		"that cannot even be loaded costs no request and no closer",
		async (t, kind) => {
			const extras = { without: "pino", closers: { pool: { way: "fine" } } };
			const program = await serve(t, kind, { extras, options: { logging: false } });
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await drained(program);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.says("closes pool");
			await program.exitsSilently(0);
			assert.match(program.stderr.all(), /^the logger cannot be loaded, .*: pino is gone\n/);
			assert.equal(program.cries().at(-1)?.msg, "shutdown complete");
		},
	);

	for (const logger of ["a full disk", "a full disk, line by line", "a full disk, handed on"]) {
		scenario(
			"K61 K71",
			ADAPTERS,
			`on ${logger}, costs its lines and no more: process and shutdown go on`,
			async (t, kind) => {
				const program = await serve(t, kind, { extras: { logger } });
				const client = await program.connect();
				client.get("/now");
				assert.equal((await client.answer()).status, 200);
				program.signal("SIGTERM");
				assert.equal(await client.ended, "end");
				await program.exitsSilently(0);
				assert.match(program.stderr.all(), /^the log cannot be written: ENOSPC[^\n]*\n$/);
			},
		);
	}

	scenario("K61", [EXPRESS_5], "one that is never through is given up", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "endless" } });
		program.tell("read files");
		await program.says("reads files");
		program.signal("SIGTERM");
		await program.exitsSilently(0);
		assert.equal(program.stderr.all(), "the log was given up: nobody took its last lines\n");
	});

	scenario("S41 K71", [EXPRESS_5], "what it hands on to another stream arrives", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "handing on" } });
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario("K61", [EXPRESS_5], "a crash while it is flushed is not hidden", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "endless" } });
		program.signal("SIGTERM");
		await program.says("logs shutdown complete");
		program.tell("crash");
		await program.exitsSilently(1);
		assert.equal(program.cries()[0]?.msg, "thrown in a timer");
	});

	scenario("K71", ADAPTERS, "where its worker thread dies, process and shutdown go on", async (t, kind) => {
		const program = await serve(t, kind, { extras: { logger: "transport" } });
		program.tell("lose worker");
		await program.says("worker lost");
		const client = await program.connect();
		client.get("/now");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		assert.equal(await client.ended, "end");
		await program.exitsSilently(0);
	});
});
