import assert from "node:assert/strict";
import { describe } from "node:test";
import { FAMILIES, NODE_PRELOADED, PLAINTEXT } from "./kinds.ts";
import type { Line } from "./lines.ts";
import { type Running, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const closes = (program: Running): string[] => program.stdout.all().match(/^closes .*$/gm) ?? [];
const failed = (program: Running): Line[] =>
	program.lines().filter(({ code }) => code === "SHUTDOWN_CLOSER_FAILED");

describe("closers", TOGETHER, () => {
	scenario(
		"S32",
		PLAINTEXT,
		"they run after the last request, the last one first, each once, whoever else calls shutdown()",
		async (t, kind) => {
			const closers = {
				database: { way: "fine" },
				removed: { way: "removed" },
				queue: { way: "ends again" },
				cache: { way: "fine" },
			};
			const program = await serve(t, kind, { extras: { closers } });
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.signal("SIGTERM");
			assert.deepEqual(closes(program), []);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			assert.equal(await client.ended, "end");
			await program.exits(0);
			assert.deepEqual(closes(program), ["closes cache", "closes queue", "closes database"]);
		},
	);

	scenario(
		"S33",
		PLAINTEXT,
		"one that waits for shutdown() is answered, and holds nobody",
		async (t, kind) => {
			const closers = { database: { way: "fine" }, queue: { way: "waits for the end" } };
			const program = await serve(t, kind, { extras: { closers } });
			program.signal("SIGTERM");
			await program.exits(0);
			assert.equal(await program.says("answered"), "answered with 0");
			assert.deepEqual(closes(program), ["closes queue", "closes database"]);
		},
	);

	scenario(
		"S31 K63",
		PLAINTEXT,
		"one that crashes makes the exit code 1, and the others run",
		async (t, kind) => {
			const closers = { database: { way: "fine" }, queue: { way: "crashes" } };
			const program = await serve(t, kind, { extras: { closers } });
			program.signal("SIGTERM");
			await program.exits(1);
			assert.match(program.stderr.all(), /broken while it closes/);
			assert.deepEqual(closes(program), ["closes queue", "closes database"]);
		},
	);

	scenario("S29", FAMILIES, "one that takes all the time there is, is named", async (t, kind) => {
		const closers = { slow: { way: "hangs" } };
		const program = await serve(t, kind, { extras: { closers }, env: { SHUTDOWN_GRACE_SECONDS: "1.25" } });
		program.signal("SIGTERM");
		await program.exits(1);
		assert.match(program.stdout.all(), /deadline exceeded: closer \\"slow\\"|closer \\"slow\\" failed/);
	});

	scenario(
		"S28 S29",
		FAMILIES,
		"where a request hangs they run behind the deadline, and one that hangs there costs the others nothing",
		async (t, kind) => {
			const closers = { first: { way: "fine" }, slow: { way: "hangs" }, last: { way: "fine" } };
			const how = { extras: { closers }, env: { SHUTDOWN_GRACE_SECONDS: "1.25" } };
			const program = await serve(t, kind, how);
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.exits(1);
			await client.ended;
			assert.deepEqual(closes(program), ["closes last", "closes slow", "closes first"]);
			assert.deepEqual(
				failed(program).map(({ closer }) => closer),
				["slow"],
			);
			// What is told of a request that was cut comes before the last line.
			const told = program.lines().map(({ msg }) => msg);
			assert.deepEqual(told.slice(told.indexOf("stopped listening") + 1).sort(), [
				'closer "slow" failed',
				...told.filter((msg) => String(msg).startsWith("deadline exceeded: 1 request")),
				"request aborted",
				"shutdown complete",
			]);
		},
	);

	scenario(
		"S29",
		FAMILIES,
		"one that hangs is given up at its own time, and the others run",
		async (t, kind) => {
			const closers = {
				first: { way: "fine" },
				slow: { way: "hangs", timeoutMs: 200 },
				last: { way: "fine" },
			};
			const program = await serve(t, kind, { extras: { closers } });
			program.signal("SIGTERM");
			await program.exits(1);
			assert.deepEqual(closes(program), ["closes last", "closes slow", "closes first"]);
			assert.deepEqual(
				failed(program).map(({ closer, msg }) => [closer, msg]),
				[["slow", 'closer "slow" failed']],
			);
		},
	);

	scenario(
		"S31",
		FAMILIES,
		"those that throw, reject with null or reject too late are named, and the others run",
		async (t, kind) => {
			const closers = {
				first: { way: "fine" },
				thrower: { way: "throws" },
				rejecter: { way: "rejects" },
				latecomer: { way: "rejects late", timeoutMs: 200 },
				last: { way: "fine" },
			};
			const program = await serve(t, kind, { extras: { closers } });
			program.signal("SIGTERM");
			await program.exits(1);
			assert.deepEqual(
				closes(program),
				["last", "latecomer", "rejecter", "thrower", "first"].map((name) => `closes ${name}`),
			);
			assert.deepEqual(
				failed(program).map(({ closer }) => closer),
				["latecomer", "rejecter", "thrower"],
			);
			// What came too late is no rejection that nobody handled.
			assert.equal(program.stderr.all(), "");
		},
	);

	scenario(
		"S34",
		FAMILIES,
		"one that calls process.exit() has its way, and no line is lost",
		async (t, kind) => {
			const closers = { early: { way: "fine" }, leaver: { way: "exits" } };
			const program = await serve(t, kind, { extras: { closers } });
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.exitsSilently(3);
			assert.deepEqual(closes(program), ["closes leaver"]);
			assert.equal(program.lines().at(-1)?.msg, "all requests finished");
		},
	);

	scenario(
		"S34",
		FAMILIES.filter(({ hasAdapter }) => hasAdapter),
		"nor is a line of a logger that writes later",
		async (t, kind) => {
			const extras = { closers: { leaver: { way: "exits" } }, logger: "buffering" };
			const program = await serve(t, kind, { extras });
			program.signal("SIGTERM");
			await program.exitsSilently(3);
			assert.equal(program.lines().at(-1)?.msg, "all requests finished");
		},
	);

	scenario(
		"S30",
		FAMILIES,
		"one that never lets go of the thread is ended by SIGKILL alone",
		async (t, kind) => {
			const extras = { closers: { endless: { way: "spins" } } };
			const program = await serve(t, kind, { extras, env: { SHUTDOWN_GRACE_SECONDS: "1.25" } });
			program.signal("SIGTERM");
			await program.says("closes endless");
			program.signal("SIGTERM");
			program.signal("SIGINT");
			await program.says("the deadline is long over");
			assert.deepEqual([program.child.exitCode, program.child.signalCode], [null, null]);
			program.signal("SIGKILL");
			await program.exitedAtMs;
			assert.equal(program.child.signalCode, "SIGKILL");
			assert.equal(program.lines().at(-1)?.msg, "all requests finished");
		},
	);

	scenario("S50", PLAINTEXT, "what would keep the process alive does not", async (t, kind) => {
		const program = await serve(t, kind, { extras: { handles: true, closers: { pool: { way: "fine" } } } });
		program.signal("SIGTERM");
		await program.exits(0);
		assert.deepEqual(closes(program), ["closes pool"]);
	});

	scenario("S51", FAMILIES, "worker threads and child processes end with theirs", async (t, kind) => {
		const program = await serve(t, kind, { extras: { company: true } });
		const pid = Number((await program.says("child ")).slice(6));
		program.signal("SIGTERM");
		await program.exits(0);
		assert.equal(await program.says("worker ended"), "worker ended with 1");
		assert.equal(await program.says("child ended"), "child ended by SIGTERM");
		assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
	});

	scenario(
		"S51",
		[NODE_PRELOADED],
		"a thread that crashes lets its requests finish, and its parent hears of it",
		async (t, kind) => {
			const program = await serve(t, kind, { extras: { thread: "heard" } });
			await program.says("thread answered: by a thread");
			await program.says("thread closed");
			await program.says("thread failed: thrown in a thread");
			program.signal("SIGTERM");
			await program.exits(0);
			const alone = await serve(t, kind, { extras: { thread: "unheard" } });
			await alone.exits(1);
			// Once by the thread, and once by the process that it ends.
			assert.deepEqual(
				alone.cries().map(({ msg }) => msg),
				["thrown in a thread", "thrown in a thread"],
			);
		},
	);

	scenario(
		"S34 S40",
		FAMILIES,
		"a process.exit() of the program hides no request that it cuts",
		async (t, kind) => {
			const program = await serve(t, kind);
			await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("exit");
			await program.exitsSilently(1);
			const last = program.lines().at(-1);
			assert.equal(last?.exitCode, 1);
			assert.match(String(last?.msg), /^process\.exit\(\) was called, and cut 1 request \(GET \/held/);
		},
	);

	scenario(
		"S34 S40",
		FAMILIES,
		"a process.exit() of the program hides no closer that it cuts",
		async (t, kind) => {
			const extras = { closers: { cache: { way: "fine" }, database: { way: "waits" } } };
			const program = await serve(t, kind, { extras });
			program.signal("SIGTERM");
			await program.says("closes database");
			program.tell("exit");
			await program.exitsSilently(1);
			const last = program.lines().at(-1);
			assert.equal(last?.msg, 'process.exit() was called, and cut closer "database", closer "cache"');
		},
	);

	scenario("S34 S40", FAMILIES, "the last closer may call it, and the code is its own", async (t, kind) => {
		const closers = { leaver: { way: "exits well" }, cache: { way: "fine" } };
		const program = await serve(t, kind, { extras: { closers } });
		program.signal("SIGTERM");
		await program.exitsSilently(0);
		assert.equal(program.lines().at(-1)?.msg, "all requests finished");
	});

	scenario("S34 S40", FAMILIES, "nor does one of a closer those that wait", async (t, kind) => {
		const extras = { closers: { cache: { way: "fine" }, leaver: { way: "exits well" } } };
		const program = await serve(t, kind, { extras });
		program.signal("SIGTERM");
		await program.exitsSilently(1);
		const last = program.lines().at(-1);
		assert.deepEqual(
			[last?.msg, last?.closer],
			['process.exit() was called, and cut closer "cache"', "leaver"],
		);
	});

	scenario(
		"S34 S40",
		FAMILIES,
		"one that calls process.exit() does not hide that something was cut",
		async (t, kind) => {
			const extras = { closers: { leaver: { way: "exits well" } } };
			const program = await serve(t, kind, { extras, env: { SHUTDOWN_GRACE_SECONDS: "1.25" } });
			await program.hold("/held");
			program.signal("SIGTERM");
			await program.exitsSilently(1);
			const last = program.lines().at(-1);
			assert.deepEqual(
				[last?.msg, last?.exitCode, last?.closer],
				["process.exit() was called, and something had failed", 1, "leaver"],
			);
		},
	);
});
