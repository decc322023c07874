import assert from "node:assert/strict";
import { describe } from "node:test";
import { FAMILIES } from "./kinds.ts";
import { type Running, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** What can be thrown and is no error, with its message where it can have one. */
const VALUES = {
	null: "null",
	undefined: "undefined",
	text: "thrown text",
	symbol: "Symbol(thrown symbol)",
	frozen: "thrown and frozen",
	hostile: undefined,
	proxy: undefined,
};
const BOUNDLESS = {
	circular: "an error that is its own cause",
	deep: "an error with ten thousand causes",
	aggregate: "a thousand errors in one",
};

const MAX_BYTES = 64 * 1024;

interface Thrown {
	readonly type: string;
	readonly message: string;
}

/** The one line that standard error has, in its bounds. */
function fatalLine(program: Running): Thrown {
	const text = program.stderr.all();
	assert.equal(text.trimEnd().split("\n").length, 1, text.slice(0, 2_000));
	assert.ok(Buffer.byteLength(text) <= MAX_BYTES, `${Buffer.byteLength(text)} bytes`);
	const [line] = program.cries();
	assert.deepEqual([line?.level, line?.code], [60, "UNCAUGHT_EXCEPTION"]);
	return line?.err as Thrown;
}

describe("what is thrown", TOGETHER, () => {
	for (const [how, expected] of Object.entries(VALUES)) {
		scenario("K59", FAMILIES, `${how} is told as what it is, and ends with 1`, async (t, kind) => {
			const program = await serve(t, kind);
			const client = await program.connect();
			client.get(`/crash/${how}`);
			assert.equal((await client.answer()).status, 200);
			await program.exits(1);
			const { type, message } = fatalLine(program);
			assert.equal(type, "NonErrorThrown");
			if (expected !== undefined) assert.equal(message, expected);
		});
	}

	for (const [how, name] of Object.entries(BOUNDLESS)) {
		scenario("K60", FAMILIES, `${name} is one line of 64 kB at most`, async (t, kind) => {
			const program = await serve(t, kind);
			const client = await program.connect();
			client.get(`/crash/${how}`);
			assert.equal((await client.answer()).status, 200);
			await program.exits(1);
			assert.match(fatalLine(program).type, /^(?:Error|AggregateError)$/);
		});
	}
});
