import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext } from "node:test";
import { EXPRESS_5, FAMILIES, type Kind, NODE } from "./kinds.ts";
import { type How, type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

function folder(t: TestContext): string {
	const path = mkdtempSync(join(tmpdir(), "threads-"));
	t.after(() => rmSync(path, { recursive: true }));
	return path;
}

async function standing(t: TestContext, kind: Kind, what: string, how: How = {}): Promise<Serving> {
	const pipe = join(folder(t), "pipe");
	execFileSync("mkfifo", [pipe]);
	const program = await serve(t, kind, { ...how, extras: { threads: { what, pipe } } });
	program.tell("stand");
	await program.says("stands");
	return program;
}

/** Files of its own are given to one program by a mount that no other sees; and the port of name servers is root's. */
function whyNoNameServer(): string | undefined {
	if (process.getuid?.() !== 0) return "only root may be a name server";
	try {
		execFileSync("unshare", ["--mount", "true"], { stdio: "pipe" });
		return undefined;
	} catch (error) {
		return `this machine gives no mount namespace: ${(error as Error).message.trim().split("\n").at(-1)}`;
	}
}

const missing = whyNoNameServer();

/** All that listen for the end have heard of it. */
async function endsWith(program: Serving, code: number): Promise<void> {
	assert.equal(await program.says("exit "), `exit ${code}`);
	await program.says("behind the listeners");
	const [seen, signal] = await once(program.child, "close");
	assert.deepEqual({ code: seen, signal }, { code, signal: null });
}

describe("a process whose threads stand", TOGETHER, () => {
	const SHORT = { env: { SHUTDOWN_GRACE_SECONDS: "1.25" } };

	scenario("S12 S22", FAMILIES, "ends at the deadline with 1", async (t, kind) => {
		const program = await standing(t, kind, "a file", SHORT);
		await program.hold("/held");
		program.signal("SIGTERM");
		await endsWith(program, 1);
	});

	// Node aborts where a number of its own is to be had.
	scenario("S40", [EXPRESS_5], "has its code where a standard stream is closed", async (t, kind) => {
		const program = await standing(t, kind, "a file", SHORT);
		await program.hold("/held");
		program.tell("close standard error");
		await program.says("closed");
		program.signal("SIGTERM");
		await endsWith(program, 1);
	});

	scenario("S23", [EXPRESS_5], "ends where somebody will not wait", async (t, kind) => {
		const program = await standing(t, kind, "a file");
		await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.signal("SIGINT");
		await endsWith(program, 130);
	});

	scenario("S22", [NODE], "ends while a name is looked up that nobody answers for", async (t, kind) => {
		if (missing !== undefined) return t.skip(missing);
		const server = createSocket("udp4");
		t.after(() => server.close());
		server.bind(53, "127.0.0.153");
		await once(server, "listening");
		const names = join(folder(t), "resolv.conf");
		writeFileSync(names, "nameserver 127.0.0.153\noptions timeout:30 attempts:1\n");
		const asked = once(server, "message");
		const within = [
			"unshare",
			"--mount",
			"sh",
			"-c",
			`mount --bind ${names} /etc/resolv.conf && exec "$@"`,
			"sh",
		];
		const program = await standing(t, kind, "a name", { within });
		await asked;
		program.signal("SIGTERM");
		const endedAtMs = program.logs("shutdown complete").then(() => performance.now());
		await endsWith(program, 0);
		// A name takes thirty seconds; within the deadline is what counts.
		assert.ok(performance.now() - (await endedAtMs) < 4_000);
	});
});
