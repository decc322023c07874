import assert from "node:assert/strict";
import { describe } from "node:test";
import { type Kind, PLAINTEXT } from "./kinds.ts";
import { type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

async function ordered(t: Parameters<typeof serve>[0], kind: Kind, env = {}): Promise<Serving> {
	const program = await serve(t, kind, { env, extras: { closers: { database: { way: "fine" } } } });
	const client = await program.connect();
	client.get("/order");
	assert.equal((await client.answer()).body, "ordered");
	return program;
}

describe("work behind an answer", TOGETHER, () => {
	scenario("LIFE10", PLAINTEXT, "it is waited for, before the closers run", async (t, kind) => {
		const program = await ordered(t, kind);
		program.signal("SIGTERM");
		await program.logs("all requests finished");
		program.tell("mail");
		await program.exits(0);
		const told = program.stdout.all().match(/^(?:receipt sent|closes database)$/gm);
		assert.deepEqual(told, ["receipt sent", "closes database"]);
	});

	scenario("LIFE10", PLAINTEXT, "what is not done at the deadline is named", async (t, kind) => {
		const program = await ordered(t, kind, { SHUTDOWN_GRACE_SECONDS: "1.25" });
		program.signal("SIGTERM");
		await program.exits(1);
		const late = program.lines().find(({ code }) => code === "SHUTDOWN_DEADLINE");
		assert.equal(late?.msg, 'deadline exceeded: work "receipt"');
	});

	scenario("LIFE10", PLAINTEXT, "what fails is told, and makes the exit code 1", async (t, kind) => {
		const program = await ordered(t, kind);
		program.signal("SIGTERM");
		await program.logs("all requests finished");
		program.tell("no mail");
		await program.exits(1);
		const failed = program.lines().find(({ code }) => code === "WORK_FAILED");
		assert.match(JSON.stringify(failed), /no mail today/);
	});
});
