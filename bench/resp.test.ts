import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsIn } from "./resp.ts";

const command = (...parts: string[]): string =>
	`*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join("")}`;

test("commands that leave together are counted one by one, whatever their arguments hold", () => {
	const read = commandsIn();
	const sent = command("evalsha", "abc", "1", "a\r\n*1\r\n$4\r\nPING") + command("GET", "ключ");
	assert.deepEqual(read(Buffer.from(sent)), ["EVALSHA", "GET"]);
});

test("a command that comes in pieces is counted once, when it is whole", () => {
	const read = commandsIn();
	const bytes = Buffer.from(command("SET", "a", "x".repeat(40)));
	const names = Array.from(bytes, (_, at) => read(bytes.subarray(at, at + 1))).flat();
	assert.deepEqual(names, ["SET"]);
});
