import assert from "node:assert/strict";
import { once } from "node:events";
import { describe } from "node:test";
import { FAMILIES, NODE, PLAINTEXT } from "./kinds.ts";
import { serve, start } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** What pm2 gives its programs. */
const PM2 = { pm_id: "0", PM2_HOME: "/nowhere", kill_timeout: "5000" };

describe("a process manager that sends messages", TOGETHER, () => {
	scenario("S37", PLAINTEXT, "hears that the program is ready, and ends it gently", async (t, kind) => {
		const how = { hasChannel: true, env: PM2 };
		const running = start(t, kind, how);
		const [message] = await once(running.child, "message");
		assert.equal(message, "ready");
		const port = Number((await running.says("listening ")).slice(10));
		assert.ok(port > 0);
		running.child.send("shutdown");
		assert.equal((await running.logs("shutdown started")).reason, "shutdown message");
		await running.exits(0);
	});

	scenario("S37", PLAINTEXT, "a request in flight is finished", async (t, kind) => {
		const program = await serve(t, kind, { hasChannel: true, env: PM2 });
		const client = await program.hold("/held");
		program.child.send("shutdown");
		await program.logs("stopped listening");
		program.tell("release");
		const { status, headers } = await client.answer();
		assert.deepEqual([status, headers.connection], [200, "close"]);
		await program.exits(0);
	});

	scenario("S37", FAMILIES, "another parent's messages are the program's alone", async (t, kind) => {
		const program = await serve(t, kind, { hasChannel: true });
		program.child.send("shutdown");
		const client = await program.connect();
		client.get("/now");
		assert.equal((await client.answer()).status, 200);
		program.signal("SIGTERM");
		await program.exits(0);
		assert.equal(program.lines().find(({ msg }) => msg === "shutdown started")?.reason, "SIGTERM");
	});
});

describe("the head of a container", TOGETHER, () => {
	const container = ["unshare", "--pid", "--fork", "--mount-proc"];

	scenario("S39", [NODE], "a shell that keeps signals to itself is named at boot", async (t, kind) => {
		const within = [...container, "sh", "-c", '"$@"; exit', "sh"];
		const program = await serve(t, kind, { within });
		const notice = program.lines().find(({ code }) => code === "SIGNALS_NOT_PASSED_ON");
		assert.match(String(notice?.msg), /^sh stands between the platform and this process/);
	});

	scenario("S39", [NODE], "nobody is named where the program itself is the head", async (t, kind) => {
		const program = await serve(t, kind, { within: container });
		assert.deepEqual(
			program.lines().filter(({ code }) => code === "SIGNALS_NOT_PASSED_ON"),
			[],
		);
	});
});
