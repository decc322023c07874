import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readSecretFile } from "./files.ts";
import { findText } from "./source.ts";

const folder = mkdtempSync(join(tmpdir(), "env-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

function problem(path: string): string {
	const read = readSecretFile(path);
	assert.ok(!("value" in read));
	assert.equal(read.code, "ENV_FILE");
	assert.ok(!`${read.problem}${read.hint}`.includes(path), "the path may be the secret itself");
	return read.problem;
}

test("E150 a secret's file is read, without its last line break and its byte order mark", () => {
	assert.deepEqual(readSecretFile(file("plain", "abc")), { value: "abc" });
	assert.deepEqual(readSecretFile(file("newline", "abc\n")), { value: "abc" });
	assert.deepEqual(readSecretFile(file("windows", "\ufeffabc\r\n")), { value: "abc" });
	assert.deepEqual(readSecretFile(file("two", "abc\n\n")), { value: "abc\n" });
	assert.deepEqual(readSecretFile(file("largest", "x".repeat(65_536))), { value: "x".repeat(65_536) });
	symlinkSync("plain", join(folder, "link"));
	assert.deepEqual(readSecretFile(join(folder, "link")), { value: "abc" });
});

test("E150 a file that cannot be used says why", () => {
	mkdirSync(join(folder, "directory"));
	assert.match(problem(join(folder, "nowhere")), /does not exist/);
	assert.match(problem(join(folder, "plain", "below")), /does not exist/);
	assert.match(problem(join(folder, "directory")), /not a regular file/);
	assert.match(problem("/dev/null"), /not a regular file/);
	assert.match(problem(file("large", "x".repeat(65_537))), /larger than 64 KiB/);
	assert.match(problem(file("huge", Buffer.alloc(10 * 1024 * 1024, "x"))), /larger than 64 KiB/);
	assert.match(problem(file("binary", Buffer.from([0xff, 0xfe, 0x00, 0xd8]))), /UTF-8/);
	assert.match(problem(file("empty", "\n")), /empty/);
	assert.match(problem("a\0b"), /cannot be read/);
});

test("E150 a file of somebody else says so", () => {
	const path = file("locked", "abc");
	chmodSync(path, 0o000);
	chmodSync(folder, 0o755);
	const isRoot = process.geteuid?.() === 0;
	// Root reads everything, so be somebody else for this call.
	if (isRoot) process.seteuid?.(65_534);
	try {
		assert.match(problem(path), /may not read/);
	} finally {
		if (isRoot) process.seteuid?.(0);
	}
});

test("E150 a FIFO that nobody writes to does not hang the boot", () => {
	const path = join(folder, "fifo");
	execFileSync("mkfifo", [path]);
	const program = `
		import { readSecretFile } from ${JSON.stringify(new URL("./files.ts", import.meta.url).href)};
		console.log(readSecretFile(${JSON.stringify(path)}).problem);`;
	const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 10_000 });
	assert.match(String(run.stdout), /not a regular file/);
});

test("E150 a variable and its file at once is a fault; an empty one of the two is not set", () => {
	const path = file("source", "from-file\n");
	const both = findText({ A: "x", A_FILE: path }, "A", true);
	assert.equal(both.fault?.code, "ENV_FILE");
	assert.equal(both.text, undefined);
	assert.deepEqual(findText({ A: " ", A_FILE: path }, "A", true), { text: "from-file", source: "file" });
	assert.deepEqual(findText({ A: "x", A_FILE: "" }, "A", true), { text: "x", source: "env" });
	assert.deepEqual(findText({ A_FILE: path }, "A", false), { source: "unset" });
});
