import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "./client.ts";
import { ADAPTERS, EXPRESS_5, FAMILIES, HTTP1, PLAINTEXT } from "./kinds.ts";
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

/** More lines than the system keeps for a reader, and nobody who reads them; then a request in flight. */
async function fillPipe(program: Serving): Promise<Client> {
	program.child.stdout?.removeAllListeners("data").pause();
	const client = await program.connect();
	// A path stands in its line, whether something is found there or not.
	const path = `/${"x".repeat(4_000)}`;
	for (let requests = 0; requests < 200; requests++) {
		client.get(path);
		await client.answer();
	}
	return program.hold("/held");
}

/** The same at once, by the program's own logger. */
async function flood(program: Serving): Promise<void> {
	program.child.stdout?.removeAllListeners("data").pause();
	program.tell("flood");
	await program.says("flooded");
}

/** A named pipe that has a reader who reads nothing; `fill` writes into it until it takes no byte more. */
function namedPipe(t: TestContext): { readonly path: string; fill(): void } {
	const folder = mkdtempSync(join(tmpdir(), "output-"));
	const path = join(folder, "pipe");
	execFileSync("mkfifo", [path]);
	const end = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
	t.after(() => {
		closeSync(end);
		rmSync(folder, { recursive: true });
	});
	return {
		path,
		fill() {
			for (const bytes of [Buffer.alloc(4_096), Buffer.alloc(1)]) {
				try {
					for (;;) writeSync(end, bytes);
				} catch (error) {
					assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
				}
			}
		},
	};
}

/** Takes what the program has printed, piece by piece, and no faster than this. */
async function readSlowly({ child, stdout }: Serving): Promise<void> {
	for await (const piece of child.stdout!) {
		stdout.add(piece as string);
		await pause(PIECE_MS);
	}
}

/** A piece has 64 kB: eight megabytes take more than five seconds. */
const PIECE_MS = 40;

/** Ends it, and judges that it ends within its grace, by itself, with what was in flight. */
async function endsInTime(program: Serving, client: Client): Promise<void> {
	const exit = once(program.child, "exit", { signal: AbortSignal.timeout(GRACE_MS) });
	// Node may tell of an exit before it reads what was said before it: it asks for all children where one has ended.
	const allSaid = once(program.child.stderr!, "close");
	program.signal("SIGTERM");
	program.tell("release");
	assert.equal(await client.ended, "end");
	assert.match(client.received(), /held, $/);
	assert.deepEqual(await exit, [0, null]);
	await allSaid;
}

const GRACE_MS = 5_000;

const GIVEN_UP = /^the log was given up: nobody took its last lines\n/;

// They wait, and ask nothing of the processor meanwhile.
describe("a pipe that nobody reads", { ...TOGETHER, concurrency: 8 }, () => {
	const UNLIMITED: How = { ...APART, options: { rateLimit: false } };

	scenario("S44", HTTP1, "it does not keep the process from ending", async (t, kind) => {
		const program = await serve(t, kind, UNLIMITED);
		await endsInTime(program, await fillPipe(program));
	});

	scenario("S41 S44", FAMILIES, "its last line waits for a reader that comes back", async (t, kind) => {
		const program = await serve(t, kind, UNLIMITED);
		const client = await fillPipe(program);
		program.signal("SIGTERM");
		program.tell("release");
		assert.equal(await client.ended, "end");
		program.child.stdout?.on("data", program.stdout.add).resume();
		await program.exits(0);
	});

	const LOGGERS = [
		["plain", ADAPTERS],
		["buffering", ADAPTERS],
		["transport", ADAPTERS],
		["several", [EXPRESS_5]],
	] as const;
	for (const [logger, kinds] of LOGGERS) {
		scenario("S44", kinds, `nor where a ${logger} pino of the program's writes to it`, async (t, kind) => {
			const program = await serve(t, kind, { ...UNLIMITED, extras: { logger } });
			await endsInTime(program, await fillPipe(program));
		});

		// Few lines stay within a worker thread, which says that it has written them.
		scenario(
			"S44",
			kinds,
			`nor where a ${logger} pino of the program's holds a few lines`,
			async (t, kind) => {
				const { path, fill } = namedPipe(t);
				const program = await serve(t, kind, { stdoutFile: path, extras: { logger } });
				fill();
				await endsInTime(program, await program.hold("/held"));
			},
		);

		scenario(
			"S23 S44",
			kinds,
			`nor where a ${logger} pino writes to it, and somebody will not wait`,
			async (t, kind) => {
				const program = await serve(t, kind, { ...UNLIMITED, extras: { logger } });
				await program.hold("/held");
				const poll = await program.hold("/poll");
				await flood(program);
				program.signal("SIGTERM");
				await poll.answer();
				program.signal("SIGINT");
				assert.deepEqual(await once(program.child, "exit"), [130, null]);
				await program.stderr.until("word of it", (text) => GIVEN_UP.test(text) || undefined);
			},
		);
	}

	scenario("S44", FAMILIES, "nor where a child has inherited the outputs", async (t, kind) => {
		const { path, fill } = namedPipe(t);
		const program = await serve(t, kind, { stdoutFile: path, extras: { tool: true } });
		// The logger has its output by then.
		const client = await program.hold("/held");
		program.tell("run tool");
		await program.says("tool has run");
		fill();
		await endsInTime(program, client);
	});

	for (const logger of ["no reader", "a stream of its own"]) {
		scenario("S44", [EXPRESS_5], `nor where a write stands in the system: ${logger}`, async (t, kind) => {
			const folder = mkdtempSync(join(tmpdir(), "output-"));
			t.after(() => rmSync(folder, { recursive: true }));
			const NAMED_PIPE = join(folder, "pipe");
			execFileSync("mkfifo", [NAMED_PIPE]);
			const program = await serve(t, kind, { env: { NAMED_PIPE }, extras: { logger } });
			await endsInTime(program, await program.hold("/held"));
			assert.match(program.stderr.all(), GIVEN_UP);
		});
	}

	scenario("S44", [EXPRESS_5], "what is logged at the exit is no error then", async (t, kind) => {
		const { path, fill } = namedPipe(t);
		const program = await serve(t, kind, { stdoutFile: path, extras: { logger: "to the last" } });
		fill();
		await endsInTime(program, await program.hold("/held"));
		assert.match(program.stderr.all(), /^the log was given up: nobody took its last lines\n$/);
	});

	scenario("S44", [EXPRESS_5], "a program that reads files meanwhile ends by itself", async (t, kind) => {
		const { path, fill } = namedPipe(t);
		const program = await serve(t, kind, { stdoutFile: path, extras: { logger: "buffering" } });
		program.tell("read files");
		await program.says("reads files");
		fill();
		await endsInTime(program, await program.hold("/held"));
		assert.match(program.stderr.all(), GIVEN_UP);
	});

	scenario("S44", ADAPTERS, "a transport of pino's has time for a reader that is slow", async (t, kind) => {
		const env = { SHUTDOWN_GRACE_SECONDS: "30" };
		const program = await serve(t, kind, { ...UNLIMITED, env, extras: { logger: "transport" } });
		await flood(program);
		program.signal("SIGTERM");
		await readSlowly(program);
		await program.exits(0);
		assert.equal(program.lines().filter(({ msg }) => msg === "flood").length, 2_000);
		assert.equal(program.stderr.all(), "");
	});
});
