import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe } from "node:test";
import { FAMILIES, PLAINTEXT } from "./kinds.ts";
import { serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** A shell of namespaces in which the program is process 1, as in a container. */
const AS_PROCESS_1 = ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"];

/** Why there can be none here; nothing where there can. */
function whyNoNamespace(): string | undefined {
	const [command = "", ...args] = AS_PROCESS_1;
	try {
		execFileSync(command, [...args, "true"], { stdio: "pipe" });
		return undefined;
	} catch (error) {
		return `this machine gives no process namespace: ${(error as Error).message.trim().split("\n").at(-1)}`;
	}
}

const missing = whyNoNamespace();

describe("a process among others", TOGETHER, () => {
	scenario("S38", PLAINTEXT, "as process 1 of a container it drains at SIGTERM", async (t, kind) => {
		if (missing !== undefined) return t.skip(missing);
		const program = await serve(t, kind, { within: AS_PROCESS_1 });
		const client = await program.hold("/held");
		const [pid = 0] = program.childPids();
		assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^NSpid:.*\t1$/m);
		process.kill(pid, "SIGTERM");
		await program.logs("stopped listening");
		program.tell("release");
		const { status, headers } = await client.answer();
		assert.deepEqual([status, headers.connection], [200, "close"]);
		assert.equal(await client.ended, "end");
		await program.exits(0);
		assert.equal(program.lines().at(-1)?.pid, 1);
	});

	scenario("S36", FAMILIES, "it finishes though its manager has let go of the channel", async (t, kind) => {
		const program = await serve(t, kind, { hasChannel: true });
		const client = await program.hold("/held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.child.disconnect();
		program.tell("release");
		assert.equal((await client.answer()).status, 200);
		assert.equal(await client.ended, "end");
		await program.exits(0);
		assert.equal(program.stderr.all(), "");
	});
});
