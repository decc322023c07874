import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { CODES, configError, docsPath, type Fault, ProductionReadyError } from "./errors.ts";

const faults: readonly Fault[] = [
	{
		code: "OPTION_INVALID",
		at: "rateLimit.limit",
		problem: "is 'many', and takes a number",
		hint: "rateLimit: { limit: 300 }",
	},
	{ code: "ENV_MISSING", at: "SESSION_SECRET", problem: "is not set", hint: "set it" },
];

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

test("a report has every fault, each with where, what, what to type and its code", () => {
	assert.equal(
		configError(faults).message,
		[
			"the configuration has 2 faults, nothing was started",
			"  rateLimit.limit: is 'many', and takes a number",
			"      -> rateLimit: { limit: 300 }  (OPTION_INVALID)",
			"  SESSION_SECRET: is not set",
			"      -> set it  (ENV_MISSING)",
		].join("\n"),
	);
});

test("one fault is one fault", () => {
	assert.match(
		configError(faults.slice(0, 1)).message,
		/^the configuration has 1 fault, nothing was started\n/,
	);
});

test("the error carries the faults as data, its code, a hint and where it is explained", () => {
	const error = configError(faults);
	assert.ok(error instanceof ProductionReadyError && error instanceof Error);
	assert.deepEqual(
		[error.name, error.code, error.docs, error.faults],
		["ProductionReadyError", "CONFIG_INVALID", "docs/reference/errors.md#config_invalid", faults],
	);
	assert.match(
		error.hint,
		/^the message lists/,
		"wherever it stands: a line of the log has it before the message",
	);
});

test("every code has its place in the docs and a meaning", () => {
	for (const [code, meaning] of Object.entries(CODES)) {
		assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
		assert.equal(docsPath(code as keyof typeof CODES), `docs/reference/errors.md#${code.toLowerCase()}`);
		assert.match(meaning, /^[A-Z].+[^.]$/);
	}
});

test("a cause is kept where there is one, and only there", () => {
	const cause = new Error("the first");
	assert.equal(new ProductionReadyError("LISTEN_FAILED", "no", "hint", { cause }).cause, cause);
	assert.equal("cause" in new ProductionReadyError("LISTEN_FAILED", "no", "hint"), false);
});

test("printed, every fault stands there once", () => {
	const printed = inspect(configError(faults));
	for (const part of ["rateLimit.limit", "SESSION_SECRET", "nothing was started", "ProductionReadyError"]) {
		assert.equal(occurrences(printed, part), 1, `${part} in\n${printed}`);
	}
});

test("printed inside of something else, it is still told once", () => {
	const printed = inspect({ error: configError(faults) });
	assert.equal(occurrences(printed, "SESSION_SECRET"), 1, printed);
});

/** What is printed of an error that was made in these files, the innermost first. */
function printedFrom(...files: readonly string[]): string {
	const before = Error.prepareStackTrace;
	Error.prepareStackTrace = (error) =>
		[String(error), ...files.map((file) => `    at run (${file}:7:1)`)].join("\n");
	try {
		return inspect(configError(faults));
	} finally {
		Error.prepareStackTrace = before;
	}
}

test("the line to look at is the program's, not one of this package or of Node", () => {
	const own = new URL("./errors.ts", import.meta.url).href;
	const installed = "file:///srv/shop/node_modules/@production-ready/core/dist/errors.js";
	const printed = printedFrom(
		own,
		installed,
		"node:internal/modules/esm/loader",
		"file:///srv/shop/server.js",
	);
	assert.match(printed, /at run \(file:\/\/\/srv\/shop\/server\.js:7:1\)/);
	assert.doesNotMatch(printed, /errors\.ts|errors\.js|node:internal/);
});

test("a program that has a packages/core of its own sees its own line", () => {
	const printed = printedFrom("file:///srv/shop/packages/core/src/server.ts");
	assert.match(printed, /\/srv\/shop\/packages\/core\/src\/server\.ts:7:1/);
});

test("without any line of the program the report is whole all the same", () => {
	assert.match(printedFrom("node:internal/main/run_main_module"), /SESSION_SECRET: is not set/);
});
