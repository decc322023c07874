import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
	closeSync,
	constants,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";

const source = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** What all programs begin with. */
const HEAD = `
	const { nonBlocking } = await import(${source("./file-description.ts")});
	const { createLineWriter } = await import(${source("./line-writer.ts")});
	const { spawnSync } = await import("node:child_process");
	const { readFileSync, writeSync } = await import("node:fs");
`;

const node = (program: string): string[] => ["--input-type=module", "-e", `${HEAD}${program}`];

function folder(t: TestContext): string {
	const path = mkdtempSync(join(tmpdir(), "file-description-"));
	t.after(() => rmSync(path, { recursive: true }));
	return path;
}

/** Both ends of a pipe as a shell makes one: a write to it waits, until somebody asks for something else. */
function makePipe(t: TestContext): { readonly reader: number; readonly writer: number } {
	const path = join(folder(t), "pipe");
	execFileSync("mkfifo", [path]);
	const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	return { reader, writer: openSync(path, constants.O_WRONLY) };
}

/** Longer than any of these programs takes; one that hangs is killed then. */
const TIMEOUT = { timeout: 30_000, killSignal: "SIGKILL" } as const;

describe("a pipe", () => {
	for (const [output, name] of [
		[1, "standard output"],
		[2, "standard error"],
	] as const) {
		test(`that is full does not hold a process whose children have inherited it: ${name}`, (t) => {
			const { reader, writer } = makePipe(t);
			const program = `
				const write = createLineWriter(${output});
				const flags = () => Number.parseInt(/flags:\\s*(\\d+)/.exec(readFileSync("/proc/self/fdinfo/${output}", "utf8"))[1], 8);
				write("first\\n");
				writeSync(${3 - output}, flags() & ${constants.O_NONBLOCK} ? "changed" : "as it was");
				spawnSync("true", { stdio: "inherit" });
				for (let line = 0; line < 2_000; line++) write("x".repeat(500) + "\\n");
			`;
			const outputs = output === 1 ? [writer, "pipe" as const] : ["pipe" as const, writer];
			const {
				status,
				signal,
				output: written,
			} = spawnSync(process.execPath, node(program), {
				stdio: ["ignore", ...outputs],
				encoding: "utf8",
				...TIMEOUT,
			});
			for (const end of [reader, writer]) closeSync(end);
			assert.deepEqual([status, signal, written[3 - output]], [0, null, "as it was"]);
		});
	}

	test("is opened again once, and no child inherits that", (t) => {
		const { reader, writer } = makePipe(t);
		const program = `
			const own = nonBlocking(1);
			const { stdout } = spawnSync("ls", ["/proc/self/fd"], { encoding: "utf8" });
			const isInherited = stdout.split("\\n").includes(String(own));
			console.error(JSON.stringify({ isOwn: own > 2, isOne: nonBlocking(1) === own, isInherited }));
		`;
		const { stderr } = spawnSync(process.execPath, node(program), {
			stdio: ["ignore", writer, "pipe"],
			encoding: "utf8",
		});
		for (const end of [reader, writer]) closeSync(end);
		assert.deepEqual(JSON.parse(stderr), { isOwn: true, isOne: true, isInherited: false });
	});

	test("that was looked at leaves Node's loader as it was", (t) => {
		const { reader, writer } = makePipe(t);
		const path = folder(t);
		mkdirSync(join(path, "target"));
		symlinkSync("target", join(path, "link"));
		for (const name of ["one.js", "two.js"]) writeFileSync(join(path, "target", name), "");
		const program = `
			const { createRequire } = await import("node:module");
			const { resolve } = createRequire(${JSON.stringify(join(path, "program.js"))});
			resolve("./link/one.js");
			nonBlocking(1);
			console.error(resolve("./link/two.js"));
		`;
		const { stderr } = spawnSync(process.execPath, node(program), {
			stdio: ["ignore", writer, "pipe"],
			encoding: "utf8",
		});
		for (const end of [reader, writer]) closeSync(end);
		assert.equal(stderr.trim(), join(realpathSync(path), "target", "two.js"));
	});

	for (const isBefore of [true, false]) {
		test(`whose reader has gone ${isBefore ? "before" : "meanwhile"} is told of once, and the program lives`, async (t) => {
			const { reader, writer } = makePipe(t);
			if (isBefore) closeSync(reader);
			const program = `
				const write = createLineWriter(1);
				if (${!isBefore}) write("first\\n");
				writeSync(2, "begun\\n");
				process.stdin.resume().once("end", () => {
					for (let line = 0; line < 3; line++) write("line\\n");
				});
			`;
			const child = spawn(process.execPath, node(program), { stdio: ["pipe", writer, "pipe"] });
			closeSync(writer);
			const begun = once(child.stderr!, "data");
			const told = text(child.stderr!);
			await begun;
			if (!isBefore) closeSync(reader);
			child.stdin!.end();
			assert.match(await told, /^begun\nthe log cannot be written: EPIPE[^\n]*\n$/);
			if (child.exitCode === null) await once(child, "exit");
			assert.equal(child.exitCode, 0);
		});
	}
});

test("a file is written on from where others have left off", (t) => {
	const path = join(folder(t), "log");
	const file = openSync(path, "w");
	writeSync(file, "before\n");
	spawnSync(process.execPath, node('createLineWriter(1)("line\\n");'), {
		stdio: ["ignore", file, "inherit"],
	});
	writeSync(file, "behind\n");
	closeSync(file);
	assert.equal(readFileSync(path, "utf8"), "before\nline\nbehind\n");
});
