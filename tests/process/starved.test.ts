/** A process that gets no processor for a while, as under a quota of its container: time passes, and what arrives waits. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "./client.ts";
import { ADAPTERS, EXPRESS_5_HTTPS, FAMILIES, FASTIFY_HTTPS, NODE, PLAINTEXT } from "./kinds.ts";
import { AT_ONCE_MS, type Running, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** Fewer than wait in the system for a server of Node (`backlog` of `listen()`), and too many for a second of that little. */
const CONNECTIONS = 300;

/** A turn of the event loop in which all of these ask takes a hundred milliseconds, and sixty turns too long. */
const KEPT = 20;
const BUSY_MS = 5;

/** Lets it run for a moment now and then, until something has happened. */
async function starve(program: Running, until: Promise<unknown>): Promise<void> {
	const isOver = until.then(() => true);
	do {
		// Not by its id: it may have ended.
		program.child.kill("SIGSTOP");
		await pause(60);
		program.child.kill("SIGCONT");
	} while (!(await Promise.race([isOver, pause(2, false)])));
}

describe("a process that gets no processor", TOGETHER, () => {
	scenario(
		"S9 S49",
		PLAINTEXT,
		"takes all connections that wait, before it stops listening",
		async (t, kind) => {
			const env = { SHUTDOWN_GRACE_SECONDS: "30" };
			const program = await serve(t, kind, { env, options: { rateLimit: false } });
			// One asks before the others, so that nothing is done for the first time while processor is scarce.
			const first = await program.connect();
			first.get("/now");
			assert.equal((await first.answer()).status, 200);
			program.signal("SIGSTOP");
			program.signal("SIGTERM");
			// The system takes them, and the process hears of them later.
			const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => program.connect()));
			const asked = clients.map(async (client) => {
				client.get("/now");
				return (await client.answer()).status;
			});
			const seen = Promise.allSettled(asked);
			await starve(program, seen);
			const answered = (await seen).filter((each) => each.status === "fulfilled" && each.value === 200);
			assert.equal(answered.length, CONNECTIONS);
			await program.exits(0);
		},
	);

	scenario("S9 S49", PLAINTEXT, "takes them at once, where others never stop asking", async (t, kind) => {
		const program = await serve(t, kind, {
			env: { SHUTDOWN_GRACE_SECONDS: "10" },
			extras: { busy: BUSY_MS },
			options: { rateLimit: false },
		});
		const kept = await Promise.all(Array.from({ length: KEPT }, () => program.connect()));
		for (const client of kept) client.get("/now");
		const asking = kept.map(async (client) => {
			while ((await client.answer()).headers.connection !== "close") client.get("/now");
		});
		await program.connect().then((client) => {
			client.get("/now");
			return client.answer();
		});
		program.signal("SIGSTOP");
		program.signal("SIGTERM");
		const waiting = await Promise.all(Array.from({ length: 60 }, () => program.connect()));
		for (const client of waiting) client.get("/now");
		program.signal("SIGCONT");
		for (const client of waiting) assert.equal((await client.answer()).status, 200);
		await Promise.all(asking);
		await program.exits(0);
		const said = program.lines().map(({ msg }) => msg);
		const meanwhile = said.slice(said.indexOf("shutdown started"), said.indexOf("stopped listening"));
		// Those of the first turns, and none of all that came or came again.
		const served = meanwhile.filter((msg) => msg === "request completed").length;
		assert.ok(served < 3 * KEPT, `${served} requests were served before it stopped listening`);
	});

	scenario(
		"S9",
		FAMILIES,
		"has soon taken them, where it always has work and others come",
		async (t, kind) => {
			const program = await serve(t, kind, {
				env: { SHUTDOWN_GRACE_SECONDS: "20" },
				extras: { laden: BUSY_MS },
				options: { rateLimit: false },
			});
			const client = await program.connect();
			client.get("/now");
			await client.answer();
			program.signal("SIGTERM");
			const { elapsedMs } = await program.logs("stopped listening");
			assert.ok(Number(elapsedMs) < AT_ONCE_MS, `it took ${elapsedMs} ms`);
			await program.exits(0);
		},
	);

	scenario("S46 S49", [NODE], "takes those too that wait for a server which drains last", async (t, kind) => {
		const program = await serve(t, kind, { extras: { admin: true } });
		const port = Number((await program.says("admin listens ")).slice(14));
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGSTOP");
		program.tell("release");
		const probes = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(port)));
		for (const probe of probes) probe.get("/");
		program.signal("SIGCONT");
		assert.equal((await client.answer()).status, 200);
		for (const probe of probes) assert.equal((await probe.answer()).body, "alive");
		await program.exits(0);
	});

	scenario(
		"S9 S49",
		[...ADAPTERS, EXPRESS_5_HTTPS, FASTIFY_HTTPS],
		"reads what has come by the end of the linger, before it closes idle connections",
		async (t, kind) => {
			const lingerMs = 300;
			const program = await serve(t, kind, { options: { shutdown: { lingerMs } } });
			const clients = await Promise.all(Array.from({ length: 20 }, () => program.connect()));
			for (const client of clients) client.get("/now");
			for (const client of clients) assert.equal((await client.answer()).headers.connection, "keep-alive");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.signal("SIGSTOP");
			for (const client of clients) client.get("/now");
			// Its timer is over when it goes on.
			await pause(lingerMs);
			program.signal("SIGCONT");
			for (const client of clients) {
				const { status, headers } = await client.answer();
				assert.deepEqual([status, headers.connection], [200, "close"]);
			}
			await program.exits(0);
		},
	);
});
