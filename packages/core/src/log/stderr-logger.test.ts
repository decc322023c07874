import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const LOGGER = new URL("./stderr-logger.ts", import.meta.url).href;

/** What a program that has this logger writes to standard error. */
function written(level: string, calls: string): Record<string, unknown>[] {
	const program = `
		const { createStderrLogger } = await import(${JSON.stringify(LOGGER)});
		const log = createStderrLogger(${JSON.stringify(level)});
		${calls}
	`;
	const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
		encoding: "utf8",
	});
	return stderr
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line));
}

test("writes lines as pino does, without secrets, and those of a child with what was bound", () => {
	const lines = written(
		"info",
		`log.info("plain");
		log.child({ requestId: "7" }).error({ err: new Error("broken"), password: "hunter2" }, "with fields");
		log.debug("too fine");
		log.flush(() => log.warn({ a: 1 }));`,
	);
	assert.deepEqual(
		lines.map(({ level, msg, requestId, password, a }) => [level, msg, requestId, password, a]),
		[
			[30, "plain", undefined, undefined, undefined],
			[50, "with fields", "7", lines[1]?.password, undefined],
			[40, undefined, undefined, undefined, 1],
		],
	);
	assert.equal((lines[1]!.err as Error).message, "broken");
	assert.notEqual(lines[1]?.password, "hunter2");
});

test("heeds its level, also one that is set later, and says nothing where it is silent", () => {
	const calls = 'log.fatal("one"); log.level = "warn"; log.info("two"); log.error("three");';
	assert.deepEqual(
		written("silent", calls).map(({ msg }) => msg),
		["three"],
	);
});
