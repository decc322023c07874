import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADAPTERS, NODE, NODE_PRELOADED } from "./kinds.ts";
import { type How, type Running, serve, start } from "./run.ts";
import { TOGETHER } from "./scenario.ts";

/** Faults of the environment and of the options, with secrets among them. */
const BAD: How = {
	env: { LOG_LEVEL: "shouting", SESSION_SECRET: "hunter2", TRUST_PROXY: "maybe" },
	options: { rateLimit: { max: 1 }, health: { token: "pa55word" }, helmett: {} },
};
const EXPECTED = {
	options: ["rateLimit.max", "did you mean limit", "health.token", "helmett"],
	env: ["LOG_LEVEL", "SESSION_SECRET", "TRUST_PROXY"],
};

function judge(running: Running, parts: readonly string[]): void {
	const report = running.stderr.all();
	for (const part of parts) assert.ok(report.includes(part), `no ${part} in ${report}`);
	assert.doesNotMatch(report + running.stdout.all(), /hunter2|pa55word/);
	assert.doesNotMatch(running.stdout.all(), /^listening/m);
}

/** Neither as an error and as a line of the log, nor twice in one. */
function judgeOnce({ stderr }: Running): void {
	assert.equal(stderr.all().split("the configuration has").length, 2, stderr.all());
}

describe("a bad configuration", TOGETHER, () => {
	for (const kind of ADAPTERS) {
		test(`${kind.name} tells all faults of options and environment at once, no secret, and ends with 1`, async (t) => {
			const running = start(t, kind, BAD);
			await running.exitsSilently(1);
			judge(running, [...EXPECTED.options, ...EXPECTED.env]);
			judgeOnce(running);
		});
	}

	for (const kind of [NODE, NODE_PRELOADED]) {
		test(`${kind.name} tells all faults of the environment at once`, async (t) => {
			const running = start(t, kind, { env: BAD.env! });
			await running.exitsSilently(1);
			judge(running, EXPECTED.env);
			judgeOnce(running);
		});
	}

	for (const kind of [NODE, NODE_PRELOADED]) {
		test(`${kind.name} keeps no sessions, and does not judge where an app would keep them`, async (t) => {
			const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", SESSION_SECRET: "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL" };
			const running = await serve(t, kind, { env });
			running.signal("SIGTERM");
			await running.exits(0);
			assert.equal(running.stderr.all(), "");
			assert.doesNotMatch(running.stdout.all(), /session/i);
		});
	}

	test("of an app that comes after the bootstrap is one line of the log", async (t) => {
		const running = start(t, "bootstrap-and-bad-options.mjs", { options: BAD.options! });
		await running.exits(1);
		judge(
			running,
			EXPECTED.options.filter((part) => !part.startsWith("did")),
		);
		assert.deepEqual(
			running.cries().map(({ level, code }) => [level, code]),
			[[60, "CONFIG_INVALID"]],
		);
	});
});
