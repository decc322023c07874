import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { createLineBuffer, type LineBuffer } from "./line-buffer.ts";
import { writeStderr } from "./line-writer.ts";

/** A buffer by a clock that the test sets, and what goes out of it, write by write. */
function watched(t: TestContext) {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const writes: string[] = [];
	const buffer: LineBuffer = createLineBuffer((lines) => writes.push(lines));
	t.after(buffer.close);
	return { buffer, writes, collect: (line: string) => buffer.collect(line, Buffer.byteLength(line)) };
}

describe("lines that are collected", () => {
	test("go out together, 10 ms after the first of them", (t) => {
		const { writes, collect } = watched(t);
		collect("a\n");
		t.mock.timers.tick(9);
		collect("b\n");
		assert.deepEqual(writes, []);
		t.mock.timers.tick(1);
		assert.deepEqual(writes, ["a\nb\n"]);
	});

	test("go out by themselves each time, though nothing follows them", async (t) => {
		// The timer alone does not hold a process.
		const alive = setInterval(() => {}, 1_000);
		t.after(() => clearInterval(alive));
		const writes = new EventEmitter();
		const buffer = createLineBuffer((lines) => writes.emit("lines", lines));
		t.after(buffer.close);
		for (const line of ["a\n", "b\n", "c\n"]) {
			const written = once(writes, "lines");
			buffer.collect(line, 2);
			assert.deepEqual(await written, [line]);
		}
	});

	test("go out sooner where a pipe would not take them whole", (t) => {
		const { buffer, writes, collect } = watched(t);
		const lines = Array.from({ length: 200 }, (_, index) => `${index} ${"é".repeat(index)}\n`);
		for (const line of lines) collect(line);
		buffer.flush();
		assert.equal(writes.join(""), lines.join(""));
		for (const write of writes) assert.ok(Buffer.byteLength(write) <= 4096, String(write.length));
		assert.ok(writes.length < 20, String(writes.length));
	});

	test("stand in front of a line that goes out at once, however long that is", (t) => {
		const { buffer, writes, collect } = watched(t);
		collect("a\n");
		buffer.write("b\n");
		collect("c\n");
		const long = `${"d".repeat(10_000)}\n`;
		buffer.write(long);
		assert.deepEqual(writes, ["a\nb\n", "c\n", long]);
		t.mock.timers.tick(10);
		assert.equal(writes.length, 3, "nothing goes out twice");
	});

	test("go out before anything is said on standard error", (t) => {
		const { writes, collect } = watched(t);
		t.mock.method(process.stderr, "write", () => true);
		collect("a\n");
		writeStderr("");
		assert.deepEqual(writes, ["a\n"]);
	});

	test("go out at the exit, and what comes behind it goes out at once", (t) => {
		const before = process.listeners("exit");
		const { writes, collect } = watched(t);
		assert.deepEqual(process.listeners("exit"), before, "who collects nothing listens to nothing");
		collect("a\n");
		const [listener] = process.listeners("exit").filter((each) => !before.includes(each));
		listener!(0);
		collect("b\n");
		assert.deepEqual(writes, ["a\n", "b\n"]);
		assert.deepEqual(process.listeners("exit"), before);
	});

	test("are collected no more once it is closed", (t) => {
		const before = process.listeners("exit");
		const { buffer, writes, collect } = watched(t);
		collect("a\n");
		buffer.close();
		collect("b\n");
		buffer.close();
		assert.deepEqual(writes, ["a\n", "b\n"]);
		assert.deepEqual(process.listeners("exit"), before);
	});

	test("are not lost to one that fails: what is said of that comes behind them", (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const writes: string[] = [];
		const buffer = createLineBuffer((lines) => {
			// As a closed pipe does.
			writeStderr("");
			writes.push(lines);
		});
		t.after(buffer.close);
		buffer.collect("a\n", 2);
		buffer.flush();
		assert.deepEqual(writes, ["a\n"]);
	});
});
