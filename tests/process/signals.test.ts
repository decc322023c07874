import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusal } from "./client.ts";
import { freePort } from "./ports.ts";
import { ADAPTERS, EVERY_KIND, KINDS, serve, start } from "./run.ts";

const IGNORED = "signal ignored, the shutdown is under way";

describe("signals", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		test(`${kind}: a second SIGTERM changes nothing`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.signal("SIGTERM");
			await program.logs(IGNORED);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.exits(0);
			assert.equal(program.lines().filter(({ msg }) => msg === "shutdown started").length, 1);
		});

		test(`${kind}: a SIGINT ends it gently, and the echo that npm sends is ignored`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			const client = await program.hold("/held");
			program.signal("SIGINT");
			assert.equal((await program.logs("shutdown started")).reason, "SIGINT");
			program.signal("SIGINT");
			await program.logs(IGNORED);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.exits(0);
		});
	}

	for (const kind of ADAPTERS) {
		test(`${kind}: a second SIGINT, later than an echo, forces the exit`, async (t) => {
			const program = await serve(t, KINDS[kind], { options: { shutdown: { drainDelayMs: 600 } } });
			await program.hold("/held");
			program.signal("SIGINT");
			await program.logs("stopped listening");
			program.signal("SIGINT");
			await program.exitsSilently(130);
			assert.equal(program.lines().at(-1)?.msg, "forced to exit by a second signal");
		});
	}

	test("a SIGINT after a SIGTERM forces the exit", async (t) => {
		const program = await serve(t, KINDS["node:http"]);
		await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGINT");
		await program.exitsSilently(130);
	});
});

test("shutdown() ends the process as a signal does, and a second call is the first", async (t) => {
	const program = await serve(t, "ends-itself.mjs");
	const client = await program.hold("/held");
	program.tell("end");
	assert.equal((await program.logs("shutdown started")).reason, "the job is done");
	await program.logs("stopped listening");
	program.tell("release");
	const { status, headers } = await client.answer();
	assert.deepEqual([status, headers.connection], [200, "close"]);
	await program.exits(0);
	assert.equal(await program.says("the same: "), "the same: true");
	assert.equal(program.lines().at(-1)?.reason, "the job is done");
});

describe("a SIGTERM while the program starts", { concurrency: 4, timeout: 30_000 }, () => {
	test("runs the closers there are, and exits with 0", async (t) => {
		const program = start(t, "slow-start.mjs");
		await program.says("starting");
		program.signal("SIGTERM");
		await program.says("closes pool");
		program.tell("pool closed");
		await program.exits(0);
	});

	test("keeps it from listening later", async (t) => {
		const port = await freePort();
		const program = start(t, "slow-start.mjs", { env: { PORT: String(port) } });
		await program.says("starting");
		program.signal("SIGTERM");
		await program.says("closes pool");
		program.tell("started");
		await program.says("server: ");
		assert.equal(await refusal(port), "ECONNREFUSED");
		program.tell("pool closed");
		await program.exits(0);
	});

	test("between listen() and listening, ends it as well", async (t) => {
		await start(t, "signal-at-listen.mjs").exits(0);
	});

	test("a Fastify app that is still opening its addresses ends as well", async (t) => {
		await start(t, "signal-at-listen-fastify.mjs").exits(0);
	});
});
