import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import { EXPRESS_5, FAMILIES, type Kind, NODE } from "./kinds.ts";
import { AT_ONCE_MS, start } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

interface Counts {
	readonly process: Record<string, number>;
	readonly server: Record<string, number>;
}

async function countsOf(t: TestContext, kind: Kind, nodeEnv: string): Promise<Record<string, Counts>> {
	const env = { NODE_ENV: nodeEnv, MOUNT: kind.program };
	const running = start(t, kind, { program: "listener-counts.mjs", env });
	const line = await running.says("counts ");
	await running.exitsSilently(0);
	return JSON.parse(line.slice(7)) as Record<string, Counts>;
}

describe("installing and uninstalling", TOGETHER, () => {
	scenario(
		"S53",
		FAMILIES,
		"twice is one set of handlers, and uninstall() takes all back",
		async (t, kind) => {
			const { before, installed, after } = await countsOf(t, kind, "production");
			assert.deepEqual(installed?.process, {
				...before?.process,
				SIGTERM: 1,
				SIGINT: 1,
				uncaughtException: 1,
				unhandledRejection: 1,
			});
			assert.deepEqual(after, before);
		},
	);

	scenario("S53", FAMILIES, "under NODE_ENV=test no handler is installed", async (t, kind) => {
		const { before, installed, after } = await countsOf(t, kind, "test");
		assert.deepEqual(installed?.process, before?.process);
		assert.deepEqual(after, before);
	});

	scenario(
		"S53",
		[EXPRESS_5],
		"under NODE_ENV=test shutdown() closes all and leaves the process alone",
		async (t, kind) => {
			const running = start(t, kind, { program: "test-mode.mjs", env: { NODE_ENV: "test" } });
			await running.exitsSilently(0);
			assert.match(running.stdout.all(), /closes pool\n(?:.*\n)*would have exited with 0\nand goes on\n$/);
		},
	);

	scenario("S53", [EXPRESS_5], "and it holds no test runner", async (t, kind) => {
		const running = start(t, kind, { program: "test-mode.mjs", env: { NODE_ENV: "test" } });
		await running.says("and goes on");
		const toldAtMs = performance.now();
		const tookMs = (await running.exitedAtMs) - toldAtMs;
		assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
	});

	scenario("S53", [NODE], "and where a server was only adopted", async (t, kind) => {
		const running = start(t, kind, { program: "test-mode-adopted.mjs", env: { NODE_ENV: "test" } });
		await running.exitsSilently(0);
		assert.match(running.stdout.all(), /closes pool\n(?:.*\n)*would have exited with 0\nand goes on\n$/);
	});
});
