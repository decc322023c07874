import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EVERY_KIND, KINDS, type Line, type Running, serve } from "./run.ts";

/** A deadline of one second. */
const SHORT = { SHUTDOWN_GRACE_SECONDS: "1.25" };

describe("the deadline of a shutdown", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		test(`${kind} cuts a request that hangs, names it, and exits with 1`, async (t) => {
			const program = await serve(t, KINDS[kind], { env: SHORT });
			const client = await program.hold("/held?token=secret", "hangs-1");
			program.signal("SIGTERM");
			await program.exits(1);
			const line = program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE");
			assert.match(String(line?.msg), /^deadline exceeded: 1 request \(GET \/held, \d\.\d s, id hangs-1\)/);
			assert.equal(client.received(), "");
			assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
			assert.doesNotMatch(program.stdout.all(), /secret/);
		});
	}

	test("an upload that stalls is cut and named", async (t) => {
		const program = await serve(t, KINDS["Express 5"], { env: SHORT });
		const client = await program.connect();
		client.send("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx");
		await program.says("held");
		program.signal("SIGTERM");
		await program.exits(1);
		assert.match(deadlineLine(program), /POST \/upload/);
	});

	test("a closer that takes all the time there is is named", async (t) => {
		const options = { slow: { way: "hangs" } };
		const program = await serve(t, "closers.mjs", { options, env: SHORT });
		program.signal("SIGTERM");
		await program.exits(1);
		assert.match(program.stdout.all(), /deadline exceeded: closer \\"slow\\"|closer \\"slow\\" failed/);
	});
});

const deadlineLine = (program: Running): string =>
	String(program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE")?.msg);

describe("closers", { concurrency: 4, timeout: 30_000 }, () => {
	const closes = (program: Running): string[] => program.stdout.all().match(/^closes .*$/gm) ?? [];
	const failed = (program: Running): Line[] =>
		program.lines().filter(({ code }) => code === "SHUTDOWN_CLOSER_FAILED");

	test("run after the last request, the last one first, each once, whoever else calls shutdown()", async (t) => {
		const options = {
			database: { way: "fine" },
			removed: { way: "removed" },
			queue: { way: "ends again" },
			cache: { way: "fine" },
		};
		const program = await serve(t, "closers.mjs", { options });
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGTERM");
		assert.deepEqual(closes(program), []);
		program.tell("release");
		await client.answer();
		await program.exits(0);
		assert.deepEqual(closes(program), ["closes cache", "closes queue", "closes database"]);
	});

	test("one that hangs is given up at its own time; the others run, and the exit code is 1", async (t) => {
		const options = {
			first: { way: "fine" },
			slow: { way: "hangs", timeoutMs: 200 },
			last: { way: "fine" },
		};
		const program = await serve(t, "closers.mjs", { options });
		program.signal("SIGTERM");
		await program.exits(1);
		assert.deepEqual(closes(program), ["closes last", "closes slow", "closes first"]);
		assert.deepEqual(
			failed(program).map(({ closer, msg }) => [closer, msg]),
			[["slow", 'closer "slow" failed']],
		);
	});

	test("those that throw or reject are named; the others run, and the exit code is 1", async (t) => {
		const options = {
			first: { way: "fine" },
			thrower: { way: "throws" },
			rejecter: { way: "rejects" },
			last: { way: "fine" },
		};
		const program = await serve(t, "closers.mjs", { options });
		program.signal("SIGTERM");
		await program.exits(1);
		assert.deepEqual(closes(program), ["closes last", "closes rejecter", "closes thrower", "closes first"]);
		assert.deepEqual(
			failed(program).map(({ closer }) => closer),
			["rejecter", "thrower"],
		);
	});
});
