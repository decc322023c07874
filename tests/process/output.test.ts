import assert from "node:assert/strict";
import { describe } from "node:test";
import { ADAPTERS, HTTP1, NODE, PLAINTEXT } from "./kinds.ts";
import { type How, type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const APART: How = { tellsApart: true };

function closeStdout({ child }: Serving): void {
	child.stdout?.destroy();
}

function closeBoth({ child }: Serving): void {
	child.stdout?.destroy();
	child.stderr?.destroy();
}

/** A request that streams through the shutdown; `close` takes the output away before the signal, or after it. */
async function drains(program: Serving, close: (program: Serving) => void, isBefore: boolean): Promise<void> {
	if (isBefore) close(program);
	const client = await program.hold("/stream");
	await client.until("begun, ");
	program.signal("SIGTERM");
	if (!isBefore) {
		await program.logs("stopped listening");
		close(program);
	}
	program.tell("release");
	assert.equal((await client.answer()).body, "begun, ended");
	assert.equal(await client.ended, "end");
	await program.exitsSilently(0);
}

describe("a closed pipe", TOGETHER, () => {
	for (const [isBefore, when] of [
		[true, "before"],
		[false, "during"],
	] as const) {
		scenario("S42", HTTP1, `at standard output ${when} the shutdown changes nothing`, async (t, kind) => {
			const program = await serve(t, kind, APART);
			await drains(program, closeStdout, isBefore);
			assert.deepEqual(program.cries(), []);
		});

		scenario("S43", HTTP1, `at both outputs ${when} the shutdown changes nothing`, async (t, kind) => {
			await drains(await serve(t, kind, APART), closeBoth, isBefore);
		});
	}

	scenario("S42", PLAINTEXT, "does not kill a program that prints lines of its own", async (t, kind) => {
		const program = await serve(t, kind, { ...APART, extras: { words: true } });
		closeStdout(program);
		program.tell("talk");
		await program.says("talked");
		const client = await program.hold("/held");
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		await program.exitsSilently(0);
	});

	scenario(
		"S43",
		PLAINTEXT,
		"at both outputs does not kill a program that crashes before its time",
		async (t, kind) => {
			const program = await serve(t, kind, APART);
			const client = await program.hold("/held");
			closeBoth(program);
			program.tell("crash");
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.exitsSilently(1);
		},
	);
});

/** More lines than a pipe holds, several times over, and nobody who reads them. */
async function fillPipe(program: Serving): Promise<void> {
	program.child.stdout?.removeAllListeners("data").pause();
	const client = await program.connect();
	for (let requests = 0; requests < 5_000; requests++) client.get("/now", "x".repeat(100));
	await client.answer();
}

describe("a pipe that nobody reads", TOGETHER, () => {
	const UNLIMITED: How = { ...APART, options: { rateLimit: false } };

	scenario(
		"S44",
		[...ADAPTERS, NODE],
		"does not keep the process from ending by its deadline",
		async (t, kind) => {
			const program = await serve(t, kind, UNLIMITED);
			await fillPipe(program);
			const signalledAtMs = performance.now();
			program.signal("SIGTERM");
			const tookMs = (await program.exitedAtMs) - signalledAtMs;
			assert.equal(program.child.signalCode, null);
			assert.ok(tookMs < 5_000, `it took ${Math.round(tookMs)} ms, and its grace is five seconds`);
		},
	);

	for (const logger of ["plain", "buffering", "transport"]) {
		scenario("S44", ADAPTERS, `nor where a ${logger} pino of the program's writes to it`, async (t, kind) => {
			const program = await serve(t, kind, { ...UNLIMITED, extras: { logger } });
			await fillPipe(program);
			const signalledAtMs = performance.now();
			program.signal("SIGTERM");
			const tookMs = (await program.exitedAtMs) - signalledAtMs;
			assert.equal(program.child.signalCode, null);
			assert.ok(tookMs < 5_000, `it took ${Math.round(tookMs)} ms, and its grace is five seconds`);
		});
	}
});
