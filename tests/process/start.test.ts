import assert from "node:assert/strict";
import { describe } from "node:test";
import { refusal } from "./client.ts";
import { ALL_KINDS, FASTIFY_CREATE_APP, FASTIFY_PLUGIN, type Kind, NODE } from "./kinds.ts";
import { portToKeep } from "./ports.ts";
import { start } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

describe("a SIGTERM while the program starts", TOGETHER, () => {
	/**
	 * Fastify calls a plugin no sooner than the app is asked to listen, unless `register` is awaited: what a signal
	 * before that meets is the bootstrap, or nobody.
	 */
	const STARTED: readonly Kind[] = ALL_KINDS.map((kind) =>
		kind === FASTIFY_PLUGIN ? { ...kind, isPreloaded: true } : kind,
	);
	const SLOW = { env: { START: "slow" }, extras: { closers: { pool: { way: "waits" } } } };

	scenario("S25", STARTED, "the closers that there are run, and it exits with 0", async (t, kind) => {
		const program = start(t, kind, SLOW);
		await program.says("starting");
		program.signal("SIGTERM");
		await program.says("closes pool");
		program.tell("closer done");
		await program.exits(0);
		assert.doesNotMatch(program.stdout.all(), /^listening/m);
	});

	scenario("S25", STARTED, "it keeps the program from listening later", async (t, kind) => {
		const port = await portToKeep();
		const program = start(t, kind, { ...SLOW, env: { ...SLOW.env, PORT: String(port) } });
		await program.says("starting");
		program.signal("SIGTERM");
		await program.says("closes pool");
		program.tell("started");
		await program.says("tried to listen");
		// An address is bound a moment before anybody hears of it, and Fastify binds two.
		while ((await refusal(port)) === "connected");
		program.tell("closer done");
		await program.exits(0);
	});

	scenario("S26", ALL_KINDS, "between listen() and listening it ends as well", async (t, kind) => {
		const port = await portToKeep();
		const program = start(t, kind, { env: { START: "told to end", PORT: String(port) } });
		await program.exits(0);
		assert.equal(await refusal(port), "ECONNREFUSED");
	});

	scenario("S26", [NODE], "while the name of its host is looked up it ends as well", async (t, kind) => {
		const port = await portToKeep();
		const env = { START: "told to end", PORT: String(port) };
		const program = start(t, kind, { program: "signal-at-lookup.mjs", env });
		await program.exits(0);
		assert.equal(await refusal(port), "ECONNREFUSED");
	});

	scenario(
		"S26",
		[FASTIFY_CREATE_APP],
		"an app that has opened one address of two ends as well",
		async (t, kind) => {
			await start(t, kind, { program: "signal-at-listen-fastify.mjs" }).exits(0);
		},
	);
});
