import assert from "node:assert/strict";
import { describe } from "node:test";
import { FAMILIES, type Kind } from "./kinds.ts";
import { takenPort } from "./ports.ts";
import { type How, type Serving, serve, start } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const SHORT = { SHUTDOWN_GRACE_SECONDS: "1.25" };

/** How a process that serves can end, with its code; 143 is not among them, nor any other that a signal gives. */
const ENDS: readonly (readonly [code: number, name: string, how: How, end: (program: Serving) => unknown])[] =
	[
		[0, "all was finished", {}, (program) => program.signal("SIGTERM")],
		[
			1,
			"a request was cut at the deadline",
			{ env: SHORT },
			async (program) => {
				await program.hold("/held");
				program.signal("SIGTERM");
			},
		],
		[
			1,
			"a closer failed",
			{ extras: { closers: { pool: { way: "throws" } } } },
			(program) => program.signal("SIGTERM"),
		],
		[
			1,
			"the program says that it failed",
			{ extras: { closers: { pool: { way: "sets an exit code" } } } },
			(program) => program.signal("SIGTERM"),
		],
		[1, "it crashed", {}, (program) => program.tell("crash")],
	];

describe("the exit code", TOGETHER, () => {
	for (const [code, name, how, end] of ENDS) {
		scenario("S40", FAMILIES, `it is ${code} where ${name}`, async (t, kind) => {
			const program = await serve(t, kind, how);
			await end(program);
			await program.exits(code);
		});
	}

	scenario("S40", FAMILIES, "it is 130 where a second signal forced the exit", async (t, kind) => {
		const program = await serve(t, kind);
		await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGINT");
		await program.exitsSilently(130);
	});

	scenario("S40", FAMILIES, "it is 1 where the configuration is bad", async (t, kind: Kind) => {
		const running = start(t, kind, { env: { LOG_LEVEL: "shouting" } });
		await running.exitsSilently(1);
		assert.match(running.stderr.all(), /LOG_LEVEL/);
	});

	scenario("S40", FAMILIES, "it is 1 where the port is taken", async (t, kind) => {
		const running = start(t, kind, { env: { PORT: String(await takenPort(t)) } });
		await running.exits(1);
		assert.equal(running.cries()[0]?.code, "LISTEN_FAILED");
	});
});
