import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusal } from "./client.ts";
import { EVERY_KIND, KINDS, serve, start } from "./run.ts";

const CLOSER = { env: { CLOSER: "yes" } };

describe("a server that the program closes itself", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		test(`${kind} finishes its requests, closes soon, and neither runs closers nor exits`, async (t) => {
			const program = await serve(t, KINDS[kind], CLOSER);
			const [busy, streaming] = [await program.hold("/held"), await program.hold("/stream")];
			program.tell("close");
			await program.says("closing");
			program.tell("release");
			assert.equal((await busy.answer()).body.length, 30_000);
			assert.equal((await streaming.answer()).body, "begun, ended");
			assert.deepEqual([await busy.ended, await streaming.ended], ["end", "end"]);
			await program.says("closed");
			assert.equal(await refusal(program.port), "ECONNREFUSED");
			assert.doesNotMatch(program.stdout.all(), /closer runs|shutdown started/);
			program.signal("SIGTERM");
			await program.says("closer runs");
			await program.exits(0);
		});

		test(`${kind} takes a SIGTERM while it closes`, async (t) => {
			const program = await serve(t, KINDS[kind], CLOSER);
			const client = await program.hold("/held");
			program.tell("close");
			await program.says("closing");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("release");
			const { status, headers } = await client.answer();
			assert.deepEqual([status, headers.connection], [200, "close"]);
			await program.says("closer runs");
			await program.exits(0);
		});
	}
});

describe("several servers and adopted ones", { concurrency: 4, timeout: 30_000 }, () => {
	test("two servers of one process are both drained", async (t) => {
		const program = await serve(t, "two-servers.mjs");
		const other = Number((await program.says("listening ", 2)).slice(10));
		const first = await program.hold("/held");
		const second = await program.hold("/held", undefined, other);
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.tell("release");
		for (const client of [first, second]) {
			const { status, headers } = await client.answer();
			assert.deepEqual([status, headers.connection], [200, "close"]);
			assert.equal(await client.ended, "end");
		}
		await program.exits(0);
	});

	for (const isDisposed of [false, true]) {
		test(`${isDisposed ? "await using" : "adopt(server).close()"} drains that server alone`, async (t) => {
			const program = await serve(t, "adopt.mjs", { options: { isDisposed } });
			const [busy, idle] = [await program.hold("/held"), await program.connect()];
			idle.get("/now");
			await idle.answer();
			program.tell("close");
			assert.equal(await idle.ended, "end");
			program.tell("release");
			const { status, headers } = await busy.answer();
			assert.deepEqual([status, headers.connection], [200, "close"]);
			assert.equal(await busy.ended, "end");
			await program.says("closed");
			assert.equal(await refusal(program.port), "ECONNREFUSED");
			// Nothing was installed that takes the signal.
			program.signal("SIGTERM");
			await program.exitedAtMs;
			assert.equal(program.child.signalCode, "SIGTERM");
			assert.equal(program.stdout.all().includes("shutdown"), false);
		});
	}
});

describe("installing and uninstalling", { concurrency: 4, timeout: 30_000 }, () => {
	interface Counts {
		readonly process: Record<string, number>;
		readonly server: Record<string, number>;
	}

	async function countsOf(t: Parameters<typeof start>[0], nodeEnv: string): Promise<Record<string, Counts>> {
		const running = start(t, "listener-counts.mjs", { env: { NODE_ENV: nodeEnv } });
		const line = await running.says("counts ");
		await running.exitsSilently(0);
		return JSON.parse(line.slice(7)) as Record<string, Counts>;
	}

	test("twice is one set of handlers, and uninstall() takes all back", async (t) => {
		const { before, installed, after } = await countsOf(t, "production");
		assert.deepEqual(installed?.process, {
			...before?.process,
			SIGTERM: 1,
			SIGINT: 1,
			uncaughtException: 1,
			unhandledRejection: 1,
		});
		assert.deepEqual(after, before);
	});

	test("under NODE_ENV=test installs no handler", async (t) => {
		const { before, installed, after } = await countsOf(t, "test");
		assert.deepEqual(installed?.process, before?.process);
		assert.deepEqual(after, before);
	});

	test("under NODE_ENV=test shutdown() closes all and leaves the process alone", async (t) => {
		const running = start(t, "test-mode.mjs", { env: { NODE_ENV: "test" } });
		await running.exitsSilently(0);
		assert.match(running.stdout.all(), /closes pool\n(?:.*\n)*would have exited with 0\nand goes on\n$/);
	});
});
