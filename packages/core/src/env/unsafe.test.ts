import assert from "node:assert/strict";
import { test } from "node:test";
import { unsafeFaults } from "./unsafe.ts";

const names = (environment: Record<string, string>, execArgv: string[] = []): string[] =>
	unsafeFaults(environment, execArgv).map(({ at, code }) => `${at} ${code}`);

test("switched off TLS and an open inspector are faults", () => {
	assert.deepEqual(names({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }), ["NODE_TLS_REJECT_UNAUTHORIZED ENV_UNSAFE"]);
	for (const flag of [
		"--inspect",
		"--inspect=0.0.0.0:9229",
		"--inspect-brk",
		"--inspect_wait",
		'"--inspect"',
	]) {
		assert.deepEqual(names({ NODE_OPTIONS: `--require ./a.js  ${flag}` }), ["NODE_OPTIONS ENV_UNSAFE"], flag);
	}
	assert.deepEqual(names({}, ["--inspect-brk=0"]), ["process.execArgv ENV_UNSAFE"]);
});

test("what opens nothing is fine", () => {
	assert.deepEqual(names({ NODE_TLS_REJECT_UNAUTHORIZED: "1", NODE_OPTIONS: "--require ./inspect.js" }), []);
	assert.deepEqual(
		names({ NODE_OPTIONS: "--inspect-port=0 --max-old-space-size=100" }, ["--enable-source-maps"]),
		[],
	);
});
