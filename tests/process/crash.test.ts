import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADAPTERS, EVERY_KIND, KINDS, type Line, type Running, type Serving, serve, start } from "./run.ts";

/** Makes the program crash a moment after it has answered. */
async function crash(program: Serving, how: string): Promise<void> {
	const client = await program.connect();
	client.get(`/crash/${how}`, "crasher");
	assert.equal((await client.answer()).status, 200);
}

/** The one line that standard error has. */
function fatalLine(program: Running): Line {
	assert.equal(program.stderr.all().trimEnd().split("\n").length, 1, program.stderr.all());
	const [line] = program.cries();
	assert.equal(line?.level, 60, program.stderr.all());
	return line;
}

const CODES = [
	["error", "an exception in a timer", "UNCAUGHT_EXCEPTION", "thrown in a timer"],
	["rejection", "an unhandled rejection", "UNHANDLED_REJECTION", "handled by nobody"],
] as const;
const VALUES = { null: "null", undefined: "undefined", symbol: "Symbol(thrown symbol)" };

describe("a crash", { concurrency: 4, timeout: 30_000 }, () => {
	for (const kind of EVERY_KIND) {
		for (const [how, name, code, message] of CODES) {
			test(`${kind}: ${name} lets other requests finish, is told once, and ends with 1`, async (t) => {
				const program = await serve(t, KINDS[kind]);
				const client = await program.hold("/held", "bystander");
				await crash(program, how);
				await program.stderr.until("fatal line", (text) => text.includes("\n") || undefined);
				await program.logs("stopped listening");
				program.tell("release");
				const { status, headers } = await client.answer();
				assert.deepEqual([status, headers.connection], [200, "close"]);
				await program.exits(1);
				const line = fatalLine(program);
				assert.deepEqual(
					{ code: line.code, requestIds: line.requestIds, message: (line.err as Error).message },
					{ code, requestIds: ["bystander"], message },
				);
			});
		}

		test(`${kind}: a stack overflow in a handler never ends with 7`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			const client = await program.connect();
			client.get("/overflow");
			if (kind.startsWith("node:http")) {
				await program.exits(1);
				assert.equal((fatalLine(program).err as { type: string }).type, "RangeError");
			} else {
				assert.equal((await client.answer()).status, 500);
				program.signal("SIGTERM");
				await program.exits(0);
			}
		});
	}

	for (const kind of ["Express 5", "a Fastify plugin", "node:http"] as const) {
		for (const [how, message] of Object.entries(VALUES)) {
			test(`${kind}: a thrown ${how} is told as what it is`, async (t) => {
				const program = await serve(t, KINDS[kind]);
				await crash(program, how);
				await program.exits(1);
				const { type, message: seen } = fatalLine(program).err as { type: string; message: string };
				assert.deepEqual({ type, seen }, { type: "NonErrorThrown", seen: message });
			});
		}

		test(`${kind}: a thrown object that throws at every look ends with 1 like any other`, async (t) => {
			const program = await serve(t, KINDS[kind]);
			await crash(program, "proxy");
			await program.exits(1);
			assert.equal(fatalLine(program).code, "UNCAUGHT_EXCEPTION");
		});
	}

	for (const kind of ADAPTERS) {
		test(`${kind}: with unhandledRejections "warn" a rejection is logged and the process lives`, async (t) => {
			const options = { crash: { unhandledRejections: "warn" } };
			const program = await serve(t, KINDS[kind], { options });
			await crash(program, "rejection");
			assert.equal((await program.logs("a rejection nobody handled")).code, "UNHANDLED_REJECTION");
			const client = await program.connect();
			client.get("/now");
			assert.equal((await client.answer()).status, 200);
			program.signal("SIGTERM");
			await program.exits(0);
			assert.equal(program.stderr.all(), "");
		});
	}

	test("an error event that nobody listens for is a crash", async (t) => {
		const program = await serve(t, "emits-error.mjs");
		const client = await program.hold("/held");
		program.tell("lose connection");
		await program.logs("stopped listening");
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		await program.exits(1);
		assert.equal((fatalLine(program).err as Error).message, "connection lost");
	});

	test("during a shutdown makes its exit code 1, keeps its reason, and lets it finish", async (t) => {
		const program = await serve(t, "emits-error.mjs");
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.tell("lose connection");
		await program.stderr.until("fatal line", (text) => text.includes("\n") || undefined);
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		await program.exits(1);
		fatalLine(program);
		assert.equal(program.lines().at(-1)?.reason, "SIGTERM");
	});

	test("with a request that hangs ends at the budget, not at the deadline", async (t) => {
		const options = { crash: { budgetMs: 300 } };
		const program = await serve(t, KINDS["Express 5"], { options, env: { SHUTDOWN_GRACE_SECONDS: "300" } });
		await program.hold("/held", "hangs-2");
		await crash(program, "error");
		await program.exits(1);
		const line = program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE");
		assert.match(String(line?.msg), /GET \/held, .* id hangs-2/);
	});

	test("a hundred errors are one line", async (t) => {
		const program = await serve(t, KINDS["node:http"]);
		const client = await program.connect();
		for (let crashes = 0; crashes < 100; crashes++) client.get("/crash/error");
		await program.exits(1);
		fatalLine(program);
	});
});

describe("onCrash", { concurrency: 4, timeout: 30_000 }, () => {
	async function crashWith(t: Parameters<typeof serve>[0], report: string): Promise<Serving> {
		const program = await serve(t, "on-crash.mjs", { options: { report } });
		await crash(program, "error");
		await program.exits(1);
		return program;
	}

	test("is waited for", async (t) => {
		const program = await crashWith(t, "waits");
		assert.match(program.stdout.all(), /^reported thrown in a timer$/m);
		fatalLine(program);
	});

	test("that hangs is given up at the budget", async (t) => {
		fatalLine(await crashWith(t, "hangs"));
	});

	test("that throws changes nothing but is told", async (t) => {
		const program = await crashWith(t, "throws");
		assert.deepEqual(
			program.cries().map(({ msg }) => msg),
			["thrown in a timer", "the tracker is broken"],
		);
	});

	test("that rejects changes nothing but is told", async (t) => {
		const program = await crashWith(t, "rejects");
		fatalLine(program);
		assert.match(program.stdout.all(), /the tracker is away/);
	});

	test("that crashes itself does not begin anew", async (t) => {
		fatalLine(await crashWith(t, "crashes"));
	});
});

describe("a crash before anything listens", { concurrency: 4, timeout: 30_000 }, () => {
	for (const program of ["crash-at-boot.mjs", "crash-at-boot-plain.mjs"]) {
		test(`${program} ends with 1 and one line`, async (t) => {
			const running = start(t, program);
			await running.exits(1);
			assert.equal(fatalLine(running).msg, "no database");
		});
	}
});
