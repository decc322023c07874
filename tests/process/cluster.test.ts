import assert from "node:assert/strict";
import { describe } from "node:test";
import { NODE } from "./kinds.ts";
import { type Running, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** How many workers have closed their listener. */
function drainingWorkers(program: Running): number {
	return program.lines().filter(({ msg, pid }) => msg === "stopped listening" && pid !== program.child.pid)
		.length;
}

function begun(program: Running): ReturnType<Running["lines"]> {
	return program.lines().filter(({ msg }) => msg === "shutdown started");
}

/** The worker that has the request. */
function busyOf(program: Running): number {
	return begun(program).find(({ inFlight }) => inFlight === 1)?.pid as number;
}

describe("a cluster", TOGETHER, () => {
	scenario(
		"S35",
		[NODE],
		"it hands a SIGTERM of the primary on, finishes the workers' requests, and the primary exits last",
		async (t, kind) => {
			const program = await serve(t, kind, { program: "cluster.mjs" });
			await program.says("listening ", 2);
			const clients = [await program.hold("/"), await program.hold("/")];
			program.signal("SIGTERM");
			await program.stdout.until("drain of both", () => drainingWorkers(program) === 2 || undefined);
			program.signal("SIGUSR2");
			const bodies: string[] = [];
			for (const client of clients) {
				const { status, headers, body } = await client.answer();
				assert.deepEqual([status, headers.connection], [200, "close"]);
				assert.equal(await client.ended, "end");
				bodies.push(body);
			}
			assert.deepEqual(bodies.sort(), ["answered by worker 1", "answered by worker 2"]);
			await program.exits(0);
			const exits = program.stdout
				.all()
				.match(/^worker \d exits .*$/gm)
				?.sort();
			assert.deepEqual(exits, ["worker 1 exits 0", "worker 2 exits 0"]);
			assert.equal(program.lines().at(-1)?.pid, program.child.pid);
		},
	);

	scenario("S35", [NODE], "it drains the same way at a Ctrl-C that its whole group gets", async (t, kind) => {
		const program = await serve(t, kind, { program: "cluster.mjs" });
		await program.says("listening ", 2);
		const client = await program.hold("/");
		process.kill(-program.child.pid!, "SIGINT");
		await program.stdout.until("drain of both", () => drainingWorkers(program) === 2 || undefined);
		program.signal("SIGUSR2");
		assert.equal((await client.answer()).status, 200);
		await program.exits(0);
	});

	scenario("S35", [NODE], "one whose worker is stopped goes on with the others", async (t, kind) => {
		const program = await serve(t, kind, { program: "cluster.mjs" });
		await program.says("listening ", 2);
		const [worker = 0] = program.childPids();
		process.kill(worker, "SIGTERM");
		assert.match(await program.says("worker "), /exits 0$/);
		const client = await program.hold("/");
		program.signal("SIGUSR2");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		await program.exits(0);
	});

	scenario(
		"S35",
		[NODE],
		"one that replaces its workers replaces none that it has told to go",
		async (t, kind) => {
			const program = await serve(t, kind, { program: "cluster.mjs", env: { REPLACES: "yes" } });
			await program.says("listening ", 2);
			const client = await program.hold("/");
			program.signal("SIGTERM");
			// What is in its place by then serves nothing.
			await program.says("online 3");
			program.signal("SIGUSR2");
			assert.equal((await client.answer()).status, 200);
			// The last of them has let go of its output by then.
			await program.exits(0);
			assert.doesNotMatch(program.stdout.all(), /begins [34]/);
			assert.equal(program.lines().at(-1)?.pid, program.child.pid);
		},
	);

	scenario(
		"S35",
		[NODE],
		"one waits for a worker too that it has told to disconnect before",
		async (t, kind) => {
			const program = await serve(t, kind, { program: "cluster.mjs" });
			await program.says("listening ", 2);
			const client = await program.hold("/");
			program.signal("SIGHUP");
			// The other one has nothing to do.
			await program.says("worker ");
			program.signal("SIGTERM");
			await program.stdout.until(
				"shutdown of the primary",
				() =>
					program.lines().some(({ msg, pid }) => msg === "shutdown started" && pid === program.child.pid) ||
					undefined,
			);
			for (const pid of program.childPids()) process.kill(pid, "SIGUSR2");
			assert.equal((await client.answer()).status, 200);
			await program.exits(0);
			assert.equal(program.lines().at(-1)?.pid, program.child.pid);
		},
	);

	scenario(
		"S35",
		[NODE],
		"what it tells a worker that is ending already is no second Ctrl-C",
		async (t, kind) => {
			const program = await serve(t, kind, { program: "cluster.mjs" });
			await program.says("listening ", 2);
			const client = await program.hold("/");
			for (const pid of program.childPids()) process.kill(pid, "SIGTERM");
			await program.stdout.until("shutdown of both", () => begun(program).length === 2 || undefined);
			program.signal("SIGINT");
			await program.logs("signal ignored, the shutdown is under way");
			// Not to the other one, which would die of it where it has not ended yet.
			process.kill(busyOf(program), "SIGUSR2");
			assert.equal((await client.answer()).status, 200);
			await program.exits(0);
		},
	);

	scenario(
		"S35",
		[NODE],
		"a worker that hears of a Ctrl-C from its primary before it hears of it from the terminal takes both for one",
		async (t, kind) => {
			const program = await serve(t, kind, { program: "cluster.mjs" });
			await program.says("listening ", 2);
			const client = await program.hold("/");
			for (const pid of program.childPids()) process.kill(pid, "SIGTERM");
			await program.stdout.until("shutdown of both", () => begun(program).length === 2 || undefined);
			process.kill(busyOf(program), "SIGINT");
			await program.logs("signal ignored, the shutdown is under way");
			program.signal("SIGTERM");
			program.signal("SIGUSR2");
			assert.equal((await client.answer()).status, 200);
			await program.exits(0);
		},
	);

	scenario("S35", [NODE], "it tells them by a signal that they listen for", async (t) => {
		const program = await serve(t, "cluster-sigint.mjs");
		const client = await program.hold("/");
		program.signal("SIGINT");
		await program.stdout.until(
			"shutdown of both",
			(text) => text.split('"shutdown started"').length > 2 || undefined,
		);
		for (const pid of program.childPids()) process.kill(pid, "SIGUSR2");
		assert.equal((await client.answer()).status, 200);
		await program.exits(0);
	});

	scenario(
		"S35",
		[NODE],
		"one whose worker has a request that hangs names it, and the primary exits last all the same",
		async (t, kind) => {
			const program = await serve(t, kind, { program: "cluster.mjs" });
			await program.says("listening ", 2);
			await program.hold("/hangs", "hangs-3");
			program.signal("SIGTERM");
			await program.exits(1);
			assert.match(program.stdout.all(), /deadline exceeded: 1 request \(GET \/hangs, .* id hangs-3\)/);
			assert.equal(program.lines().at(-1)?.pid, program.child.pid);
		},
	);

	scenario(
		"S35 S48",
		[NODE],
		"the drain delay of one is not in front of its workers', which end before its deadline",
		async (t, kind) => {
			const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", SHUTDOWN_GRACE_SECONDS: "10" };
			const program = await serve(t, kind, { program: "cluster.mjs", env });
			await program.says("listening ", 2);
			await program.hold("/hangs", "hangs-4");
			program.signal("SIGTERM");
			await program.exits(1);
			assert.match(program.stdout.all(), /deadline exceeded: 1 request \(GET \/hangs, .* id hangs-4\)/);
			assert.equal(program.lines().at(-1)?.pid, program.child.pid);
		},
	);
});
