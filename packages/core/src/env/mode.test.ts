import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeNodeEnv, modeOf } from "./mode.ts";

test("only development and test are not production", () => {
	assert.equal(modeOf("development"), "development");
	assert.equal(modeOf("test"), "test");
	for (const text of [undefined, "", "production", "staging", "Development", "test "]) {
		assert.equal(modeOf(text), "production", text);
	}
});

test("E151 a mistyped mode is a fault that says what was meant", () => {
	const meant: Record<string, string> = {
		prod: "production",
		Production: "production",
		"production ": "production",
		"production\n": "production",
		PRODUCTION: "production",
		prodution: "production",
		dev: "development",
		Test: "test",
		testing: "test",
	};
	for (const [text, mode] of Object.entries(meant)) {
		const { faults, notices } = judgeNodeEnv({ NODE_ENV: text });
		assert.deepEqual(notices, []);
		assert.equal(faults.length, 1, JSON.stringify(text));
		assert.match(faults[0]!.hint, new RegExp(`NODE_ENV=${mode}\\?`), text);
	}
	assert.match(judgeNodeEnv({ NODE_ENV: '"production"' }).faults[0]!.problem, /quotes/);
});

test("another word, or none, is a notice", () => {
	for (const text of ["staging", "preview", "qa", "constructor"]) {
		const { faults, notices } = judgeNodeEnv({ NODE_ENV: text });
		assert.deepEqual(faults, []);
		assert.match(notices[0]!.hint, /NODE_ENV=production.*APP_ENV=staging/);
	}
	assert.equal(judgeNodeEnv({}).notices[0]?.code, "ENV_MISSING");
	assert.deepEqual(judgeNodeEnv({ NODE_ENV: "production" }), { faults: [], notices: [] });
});
