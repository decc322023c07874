import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADAPTERS, EXPRESS_5_HTTPS, FASTIFY_HTTPS, HTTP1, PLAINTEXT } from "./kinds.ts";
import { serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const IGNORED = "signal ignored, the shutdown is under way";

describe("signals", TOGETHER, () => {
	scenario("S21", HTTP1, "a second SIGTERM changes nothing", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGTERM");
		await program.logs(IGNORED);
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		await program.exits(0);
		assert.equal(program.lines().filter(({ msg }) => msg === "shutdown started").length, 1);
		assert.equal(program.lines().filter(({ msg }) => msg === IGNORED).length, 1);
	});

	scenario(
		"S22",
		HTTP1,
		"a SIGINT ends it gently, and the echo that npm sends is ignored",
		async (t, kind) => {
			const program = await serve(t, kind);
			const client = await program.hold("/held");
			program.signal("SIGINT");
			assert.equal((await program.logs("shutdown started")).reason, "SIGINT");
			program.signal("SIGINT");
			await program.logs(IGNORED);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.exits(0);
		},
	);

	// The delay is what lets the test wait for longer than an echo takes: it has to be an option.
	scenario(
		"S22",
		[...ADAPTERS, EXPRESS_5_HTTPS, FASTIFY_HTTPS],
		"a second SIGINT, later than an echo, forces the exit",
		async (t, kind) => {
			const program = await serve(t, kind, { options: { shutdown: { drainDelayMs: 600 } } });
			const client = await program.hold("/held");
			program.signal("SIGINT");
			await program.logs("stopped listening");
			program.signal("SIGINT");
			await program.exitsSilently(130);
			assert.equal(program.lines().at(-1)?.msg, "forced to exit by a second signal");
			assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
			assert.equal(client.received(), "");
		},
	);

	scenario("S23", HTTP1, "a SIGINT after a SIGTERM forces the exit", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGINT");
		await program.exitsSilently(130);
		assert.equal(program.lines().at(-1)?.msg, "forced to exit by a second signal");
		assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
		assert.equal(client.received(), "");
	});

	for (const signal of ["SIGHUP", "SIGQUIT", "SIGUSR2"] as const) {
		scenario(
			"S24",
			PLAINTEXT,
			`a ${signal} is Node's affair: it ends the process, without a crash of ours`,
			async (t, kind) => {
				const program = await serve(t, kind);
				program.signal(signal);
				await program.exitedAtMs;
				assert.deepEqual([program.child.exitCode, program.child.signalCode], [null, signal]);
				assert.equal(program.stderr.all(), "");
				assert.equal(
					program.lines().some(({ reason, code }) => reason !== undefined || code !== undefined),
					false,
				);
			},
		);
	}
});

test("shutdown() ends the process as a signal does, and a second call is the first", async (t) => {
	const program = await serve(t, "plain.mjs", { extras: { ending: true } });
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
