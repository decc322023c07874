import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";

const WRITER = new URL("./line-writer.ts", import.meta.url).href;

/** A program that writes more lines than a pipe holds, and tells on standard error when it is through. */
function startWriter(lines: number, together = 1) {
	const program = `
		const { createLineWriter } = await import(${JSON.stringify(WRITER)});
		void process.stdout.isTTY;
		const write = createLineWriter(1);
		for (let line = 0, text = ""; line < ${lines}; line++) {
			text += JSON.stringify({ line, text: "x".repeat(500) }) + "\\n";
			if ((line + 1) % ${together} !== 0) continue;
			write(text);
			text = "";
		}
		process.stderr.write("through\\n");
		let asked = 0;
		process.stdin.on("data", () => {
			asked++;
			write('{"line":"last"}\\n');
		});
		process.stdin.once("end", () => {
			process.stderr.write(\`asked \${asked}\\n\`);
			process.exit();
		});
	`;
	return spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "pipe" });
}

test("a reader that reads gets every line whole", async () => {
	const writer = startWriter(2_000);
	const written = text(writer.stdout);
	await once(writer.stderr, "data");
	writer.stdin.end("go\n");
	const lines = (await written).trimEnd().split("\n");
	assert.equal(lines.length, 2_001);
	for (const line of lines) JSON.parse(line);
});

for (const together of [1, 8, 400]) {
	test(`where nobody reads the program goes on, and later says how many lines were lost, ${together} in a write`, async () => {
		const writer = startWriter(2_000, together);
		// Nobody has looked at standard output when the last line is written.
		await once(writer.stderr, "data");
		const told = text(writer.stderr);
		let seen = "";
		// What comes while the pipe is still full is lost as well: so the last line is asked for until it is there.
		writer.stdout.on("data", (chunk) => {
			seen += chunk;
			if (seen.endsWith('{"line":"last"}\n')) writer.stdin.end();
			else if (writer.stdin.writable) writer.stdin.write("go\n");
		});
		await once(writer, "close");
		const lines = seen
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line) as { line?: unknown; lost?: number });
		const count = (isIt: (line: unknown) => boolean): number => lines.filter(({ line }) => isIt(line)).length;
		const [kept, last] = [count((line) => typeof line === "number"), count((line) => line === "last")];
		// More than one line tells of them where the system takes some in between.
		const lost = lines.reduce((sum, line) => sum + (line.lost ?? 0), 0);
		const asked = Number(/asked (\d+)/.exec(await told)?.[1]);
		assert.ok(kept > 0 && kept < 2_000);
		assert.equal(kept + last + lost, 2_000 + asked);
		assert.deepEqual(lines.at(-1), { line: "last" });
	});
}

test("the last lines of a process wait for a reader that was too slow for the ones before", async () => {
	const program = `
		const { awaitReaders, createLineWriter } = await import(${JSON.stringify(WRITER)});
		void process.stdout.isTTY;
		const write = createLineWriter(1);
		for (let line = 0; line < 2_000; line++) write(JSON.stringify({ line, text: "x".repeat(500) }) + "\\n");
		process.stderr.write("ending\\n");
		awaitReaders(60_000);
		write('{"line":"last"}\\n');
		process.exit();
	`;
	const writer = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "pipe" });
	await once(writer.stderr, "data");
	const lines = (await text(writer.stdout)).trimEnd().split("\n");
	assert.ok(lines.length < 2_000);
	assert.deepEqual(JSON.parse(lines.at(-1)!), { line: "last" });
});

test("and where nobody reads at all they are given up together, and not each after a wait of its own", async () => {
	const program = `
		const { awaitReaders, createLineWriter } = await import(${JSON.stringify(WRITER)});
		void process.stdout.isTTY;
		const write = createLineWriter(1);
		const line = "x".repeat(500) + "\\n";
		for (let count = 0; count < 2_000; count++) write(line);
		let waits = 0;
		const { wait } = Atomics;
		Atomics.wait = (...args) => {
			waits++;
			return wait(...args);
		};
		awaitReaders(300);
		for (let count = 0; count < 100; count++) write(line);
		process.stderr.write(String(waits));
		process.exit();
	`;
	const writer = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "pipe" });
	const waits = Number(await text(writer.stderr));
	writer.stdout.resume();
	// Of five milliseconds each.
	assert.ok(waits > 0 && waits <= 61, `${waits} waits`);
});

test("once the time of the last lines is over none waits as long as in a process that lives", async () => {
	const program = `
		const { awaitReaders, createLineWriter } = await import(${JSON.stringify(WRITER)});
		void process.stdout.isTTY;
		let waits = 0;
		const { wait } = Atomics;
		Atomics.wait = (...args) => {
			waits++;
			return wait(...args);
		};
		awaitReaders(0);
		const write = createLineWriter(1);
		for (let count = 0; count < 2_000; count++) write("x".repeat(500) + "\\n");
		process.stderr.write(String(waits));
		process.exit();
	`;
	const writer = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "pipe" });
	const waits = Number(await text(writer.stderr));
	writer.stdout.resume();
	// Of five milliseconds each. The system takes some in between.
	assert.ok(waits > 0 && waits <= 40, `${waits} waits`);
});

test("a disk that is full is told once on standard error, and the program lives", async () => {
	const program = `
		const { createLineWriter } = await import(${JSON.stringify(WRITER)});
		const { openSync } = await import("node:fs");
		const write = createLineWriter(openSync("/dev/full", "w"));
		for (let line = 0; line < 50; line++) write("line\\n");
		process.stdout.write("alive");
	`;
	const writer = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "pipe" });
	const [out, error] = await Promise.all([text(writer.stdout), text(writer.stderr)]);
	assert.equal(out, "alive");
	assert.equal(error.match(/the log cannot be written: ENOSPC/g)?.length, 1);
});

test("processes that share a pipe do not cut each other's lines, however full it is", async () => {
	const program = `
		const { createLineWriter } = await import(${JSON.stringify(WRITER)});
		const { createLineBuffer } = await import(${JSON.stringify(WRITER.replace("line-writer", "line-buffer"))});
		void process.stdout.isTTY;
		const buffer = createLineBuffer(createLineWriter(1));
		for (let line = 0; line < 4_000; line++) {
			const text = JSON.stringify({ line, text: "x".repeat(line % 700) }) + "\\n";
			buffer.collect(text, text.length);
		}
	`;
	const command = `"$0" --input-type=module -e "$1" & "$0" --input-type=module -e "$1" & wait`;
	const shell = spawn("sh", ["-c", command, process.execPath, program], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const lines = (await text(shell.stdout)).trimEnd().split("\n");
	const told = lines.map((line) => JSON.parse(line) as { lost?: number });
	assert.equal(
		told.reduce((sum, { lost = 1 }) => sum + lost, 0),
		8_000,
	);
});
