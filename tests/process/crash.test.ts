import assert from "node:assert/strict";
import { describe } from "node:test";
import { connectHttp2 } from "./http2-client.ts";
import { ALL_KINDS, FAMILIES, HTTP1, HTTP2, type Kind } from "./kinds.ts";
import type { Line } from "./lines.ts";
import { type How, type Running, type Serving, serve, start } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

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

const cried = (program: Running): Promise<unknown> =>
	program.stderr.until("fatal line", (text) => text.includes("\n") || undefined);

const CODES = [
	["K56", "error", "an exception in a timer", "UNCAUGHT_EXCEPTION", "thrown in a timer"],
	["K57", "event", "an error event that nobody listens for", "UNCAUGHT_EXCEPTION", "heard by nobody"],
	["K58", "rejection", "an unhandled rejection", "UNHANDLED_REJECTION", "handled by nobody"],
] as const;

describe("a crash", TOGETHER, () => {
	for (const [id, how, name, code, message] of CODES) {
		scenario(
			id,
			HTTP1,
			`${name} lets other requests finish, is told once, and ends with 1`,
			async (t, kind) => {
				const program = await serve(t, kind);
				const client = await program.hold("/held", "bystander");
				await crash(program, how);
				await cried(program);
				await program.logs("stopped listening");
				program.tell("release");
				const { status, headers } = await client.answer();
				assert.deepEqual([status, headers.connection], [200, "close"]);
				assert.equal(await client.ended, "end");
				await program.exits(1);
				const line = fatalLine(program);
				assert.deepEqual(
					{ code: line.code, requestIds: line.requestIds, message: (line.err as Error).message },
					{ code, requestIds: ["bystander"], message },
				);
			},
		);

		scenario(
			id,
			HTTP2,
			`${name} lets other streams finish, is told once, and ends with 1`,
			async (t, kind) => {
				const program = await serve(t, kind);
				const { ask } = await connectHttp2(program.port);
				const answer = ask("/held");
				await program.says("held");
				await ask(`/crash/${how}`);
				await cried(program);
				await program.logs("stopped listening");
				program.tell("release");
				assert.equal((await answer).status, 200);
				await program.exits(1);
				assert.equal(fatalLine(program).code, code);
			},
		);
	}

	scenario("K56", FAMILIES, "its line is out before anything else can end the process", async (t, kind) => {
		const program = await serve(t, kind);
		await program.hold("/held", "bystander");
		await crash(program, "killed");
		await cried(program);
		const line = fatalLine(program);
		assert.deepEqual([line.msg, line.requestIds], ["thrown before a kill", ["bystander"]]);
		await program.exitedAtMs;
		assert.equal(program.child.signalCode, "SIGKILL");
	});

	scenario("K58", HTTP1, "a rejection that is handled in the same tick is none", async (t, kind) => {
		const program = await serve(t, kind);
		await crash(program, "late");
		await program.says("handled late");
		const client = await program.connect();
		client.get("/now");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		await program.exits(0);
		assert.equal(program.stderr.all(), "");
	});

	scenario(
		"K58",
		HTTP1.filter(({ hasAdapter }) => hasAdapter),
		'with unhandledRejections "warn" a rejection is logged and the process lives',
		async (t, kind) => {
			const options = { crash: { unhandledRejections: "warn" } };
			const program = await serve(t, kind, { options });
			await crash(program, "rejection");
			assert.equal((await program.logs("a rejection nobody handled")).code, "UNHANDLED_REJECTION");
			const client = await program.connect();
			client.get("/now");
			assert.equal((await client.answer()).status, 200);
			program.signal("SIGTERM");
			await program.exits(0);
			assert.equal(program.stderr.all(), "");
		},
	);

	scenario(
		"K63",
		ALL_KINDS,
		"during a shutdown it makes the exit code 1, keeps the reason, and lets it finish",
		async (t, kind) => {
			const program = await serve(t, kind);
			const answer = await held(program, kind);
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("crash");
			await cried(program);
			program.tell("release");
			assert.equal((await answer()).status, 200);
			await program.exits(1);
			assert.equal(fatalLine(program).msg, "thrown in a timer");
			assert.equal(program.lines().at(-1)?.reason, "SIGTERM");
		},
	);

	scenario(
		"K56",
		FAMILIES.filter(({ hasAdapter }) => hasAdapter),
		"a request that hangs is cut at the budget, not at the deadline",
		async (t, kind) => {
			const options = { crash: { budgetMs: 300 } };
			const program = await serve(t, kind, { options, env: { SHUTDOWN_GRACE_SECONDS: "300" } });
			const client = await program.hold("/held", "hangs-2");
			await crash(program, "error");
			await program.exits(1);
			assert.match(await client.ended, /^(?:end|ECONNRESET)$/);
			assert.equal(client.received(), "");
			const line = program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE");
			assert.match(String(line?.msg), /GET \/held, .* id hangs-2/);
		},
	);

	scenario(
		"K64",
		FAMILIES,
		"of a hundred errors the first is told, and the others are counted",
		async (t, kind) => {
			const program = await serve(t, kind);
			await crash(program, "many");
			await program.exits(1);
			assert.equal((fatalLine(program).err as Error).message, "number 1");
			assert.equal((await program.logs("shutdown complete")).suppressed, 99);
		},
	);

	scenario(
		"K65",
		ALL_KINDS,
		"before anything listens it ends with 1, one line, and no port",
		async (t, kind) => {
			const how: How = { env: { START: "fails" } };
			// Fastify has not asked for an unawaited plugin yet: what hears of the crash is the bootstrap.
			const running = start(t, kind.name === "Fastify plugin" ? { ...kind, isPreloaded: true } : kind, how);
			await running.exits(1);
			assert.equal(fatalLine(running).msg, "no database");
			assert.doesNotMatch(running.stdout.all(), /^listening/m);
			assert.ok(Number(running.lines().at(-1)?.elapsedMs) < 1_000);
		},
	);
});

/** A request in flight; the function that is given back waits for its answer. */
async function held(
	program: Serving,
	kind: Kind,
): Promise<() => Promise<{ readonly status: number | undefined }>> {
	if (!HTTP2.includes(kind)) return (await program.hold("/held")).answer;
	const { ask } = await connectHttp2(program.port);
	const answer = ask("/held");
	await program.says("held");
	return () => answer;
}
