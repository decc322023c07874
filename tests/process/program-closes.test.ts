import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Client, connect, refusal } from "./client.ts";
import { ALL_KINDS, FAMILIES, HTTP1, NODE } from "./kinds.ts";
import { AT_ONCE_MS, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

const CLOSER = { extras: { closers: { pool: { way: "fine" } } } };

describe("a server that the program closes itself", TOGETHER, () => {
	scenario(
		"S6",
		HTTP1,
		"it finishes its requests, closes soon, and neither runs closers nor exits",
		async (t, kind) => {
			const program = await serve(t, kind, CLOSER);
			const [busy, streaming] = [await program.hold("/held"), await program.hold("/stream")];
			program.tell("close");
			await program.says("closing");
			program.tell("release");
			assert.equal((await busy.answer()).body.length, 30_000);
			assert.equal((await streaming.answer()).body, "begun, ended");
			assert.deepEqual([await busy.ended, await streaming.ended], ["end", "end"]);
			await program.says("closed");
			const tookMs = performance.now() - Math.max(busy.lastByteAtMs(), streaming.lastByteAtMs());
			assert.ok(tookMs < AT_ONCE_MS, `it took ${Math.round(tookMs)} ms from the last byte to the close`);
			assert.equal(await refusal(program.port), "ECONNREFUSED");
			assert.doesNotMatch(program.stdout.all(), /closes pool|shutdown started/);
			program.signal("SIGTERM");
			await program.says("closes pool");
			await program.exits(0);
		},
	);

	scenario("S47", HTTP1, "it takes a SIGTERM while it closes", async (t, kind) => {
		const program = await serve(t, kind, CLOSER);
		const client = await program.hold("/held");
		program.tell("close");
		await program.says("closing");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.tell("release");
		const { status, headers } = await client.answer();
		assert.deepEqual([status, headers.connection], [200, "close"]);
		await program.says("closes pool");
		await program.exits(0);
	});

	scenario("S47", ALL_KINDS, "it takes a SIGTERM when it has closed", async (t, kind) => {
		const program = await serve(t, kind, CLOSER);
		program.tell("close");
		await program.says("closed");
		program.signal("SIGTERM");
		await program.says("closes pool");
		await program.exits(0);
	});
});

/** An app of Fastify's that was closed cannot. */
const CAN_LISTEN_AGAIN = HTTP1.filter(({ name }) => !name.startsWith("Fastify"));

describe("a server that the program closes, and lets listen again", TOGETHER, () => {
	scenario(
		"S6",
		CAN_LISTEN_AGAIN,
		"it serves as before, also while a request of before is under way",
		async (t, kind) => {
			const program = await serve(t, kind);
			const busy = await program.hold("/held");
			program.tell("close");
			await program.says("closing");
			program.tell("listen again");
			await program.says("listens again");
			for (const _time of ["first", "second"]) {
				const client = await program.connect();
				client.get("/now");
				const { status, headers } = await client.answer();
				assert.deepEqual([status, headers.connection], [200, "keep-alive"]);
			}
			program.tell("release");
			const { status } = await busy.answer();
			assert.equal(status, 200);
			const idle = await program.connect();
			idle.get("/now");
			assert.equal((await idle.answer()).status, 200);
			program.signal("SIGTERM");
			assert.equal(await idle.ended, "end");
			await program.exits(0);
		},
	);

	scenario("S6 S47", CAN_LISTEN_AGAIN, "it is drained as before", async (t, kind) => {
		const program = await serve(t, kind);
		const busy = await program.hold("/held");
		program.tell("close");
		await program.says("closing");
		program.tell("listen again");
		await program.says("listens again");
		const [later, idle] = [await program.hold("/held"), await program.connect()];
		idle.get("/now");
		await idle.answer();
		program.tell("close");
		assert.equal(await idle.ended, "end");
		program.tell("release");
		for (const client of [busy, later]) assert.equal((await client.answer()).status, 200);
		await program.says("closed", 2);
		program.signal("SIGTERM");
		await program.exits(0);
	});
});

describe("several servers and adopted ones", TOGETHER, () => {
	scenario("S6", [NODE], "one that listens again as soon as it has closed is drained", async (t, kind) => {
		const program = await serve(t, kind, { program: "listens-again.mjs" });
		program.tell("close");
		const port = Number((await program.says("listens again ")).slice(14));
		// Nothing tells of the server but that it listens.
		const client = await connect(port);
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		client.get("/now");
		assert.equal((await client.answer()).headers.connection, "close");
		await program.exits(0);
	});

	scenario(
		"S6 S47",
		[NODE],
		"one that listens again while the process ends is waited for",
		async (t, kind) => {
			const program = await serve(t, kind);
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			for (const time of [1, 2]) {
				program.tell("listen again");
				await program.says("listens again", time);
			}
			// A process that does not wait has ended by then.
			await pause(300);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			await program.exits(0);
		},
	);

	scenario("S6", [NODE], "one that is fed by another, without end, closes all the same", async (t, kind) => {
		const program = await serve(t, kind, { program: "fed.mjs" });
		const feeding = setInterval(() => void connect(program.port).catch(() => {}), 50);
		t.after(() => clearInterval(feeding));
		await program.says("fed");
		program.tell("close");
		await program.says("closed");
	});

	for (const listensAgain of ["before us", "behind us"]) {
		scenario(
			"S6",
			[NODE],
			`adopt(server).close() resolves also where its close is heard ${listensAgain}, and it listens again`,
			async (t, kind) => {
				const program = await serve(t, kind, { program: "adopt.mjs", options: { listensAgain } });
				program.tell("close");
				await program.says("listens again");
				await program.says("closed");
			},
		);
	}

	scenario("S46", [NODE], "one that drains last does so where it was closed before", async (t, kind) => {
		const program = await serve(t, kind, { extras: { admin: true } });
		await program.says("admin listens ");
		program.tell("close admin, and let it listen again");
		const admin = Number((await program.says("admin listens ", 2)).slice(14));
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		const probe = await probed(admin);
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		assert.equal(await probe.ended, "end");
		await program.exits(0);
	});

	scenario("S46", [NODE], "two servers of one process are both drained", async (t, kind) => {
		const program = await serve(t, kind, { program: "two-servers.mjs" });
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

	scenario(
		"S46",
		FAMILIES,
		"a server for probes answers until the public one has drained",
		async (t, kind) => {
			const program = await serve(t, kind, { extras: { admin: true } });
			const admin = Number((await program.says("admin listens ")).slice(14));
			const client = await program.hold("/held");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			assert.equal(await refusal(program.port), "ECONNREFUSED");
			const probe = await probed(admin);
			program.tell("release");
			assert.equal((await client.answer()).status, 200);
			assert.equal(await client.ended, "end");
			assert.equal(await probe.ended, "end");
			await program.exits(0);
			assert.equal(await refusal(admin), "ECONNREFUSED");
		},
	);

	for (const isDisposed of [false, true]) {
		scenario(
			"S46",
			[NODE],
			`${isDisposed ? "await using" : "adopt(server).close()"} drains that server alone`,
			async (t, kind) => {
				const program = await serve(t, kind, { program: "adopt.mjs", options: { isDisposed } });
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
			},
		);
	}
});

/** A probe that is answered, on a new connection and once more on the same one. */
async function probed(port: number): Promise<Client> {
	const probe = await connect(port);
	for (let probes = 0; probes < 2; probes++) {
		probe.get("/health");
		const { status, body } = await probe.answer();
		assert.deepEqual([status, body], [200, "alive"]);
	}
	return probe;
}
