import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { describe, test } from "node:test";
import { flushLog } from "./flush.ts";
import type { Logger } from "./logger.ts";

/** What of a pino tells where it writes to. */
const writingTo = (stream: object): Logger => ({ [Symbol("pino.stream")]: stream }) as unknown as Logger;

const A_MINUTE_MS = 60_000;

test("a stream that fails and is slow to close has told of its error before it is given up", async () => {
	const heard: string[] = [];
	const stream = new Writable({
		write: (_chunk, _encoding, done) => void setImmediate(done, new Error("full")),
		destroy: (error, done) => void setTimeout(done, 50, error),
	});
	stream.on("error", ({ message }) => heard.push(message));
	stream.write("a line");
	const { late, failed } = await flushLog(writingTo(stream), A_MINUTE_MS);
	assert.deepEqual([late, failed, heard], [[], [stream], ["full"]]);
});

test("one that never closes is over with its error", async () => {
	const stream = new Writable({
		autoDestroy: false,
		write: (_chunk, _encoding, done) => void setImmediate(done, new Error("full")),
	});
	stream.on("error", () => {});
	stream.write("a line");
	assert.deepEqual(await flushLog(writingTo(stream), A_MINUTE_MS), { late: [], failed: [stream] });
});

test("what one hands on is waited for, and what that hands on", async () => {
	const written: string[] = [];
	const sink = new Writable({
		write(chunk, _encoding, done) {
			written.push(String(chunk));
			setTimeout(done, 20);
		},
	});
	const first = new PassThrough();
	first.pipe(new PassThrough()).pipe(sink);
	for (const line of ["one, ", "two, ", "three"]) first.write(line);
	assert.deepEqual(await flushLog(writingTo(first), A_MINUTE_MS), { late: [], failed: [] });
	assert.equal(written.join(""), "one, two, three");
	assert.equal(sink.writableLength, 0);
});

test("a sink that fails while something waits for it is waited for no longer", async () => {
	let fail = (_error: Error): void => {};
	const sink = new Writable({
		highWaterMark: 1,
		write: (_chunk, _encoding, done) => {
			fail = done;
		},
	});
	const errors: string[] = [];
	sink.on("error", ({ message }) => errors.push(message));
	const first = new PassThrough();
	first.pipe(sink);
	for (const line of ["one, ", "two, ", "three"]) first.write(line);
	await new Promise(setImmediate);
	assert.ok(first.readableLength > 0);
	const flushed = flushLog(writingTo(first), A_MINUTE_MS);
	fail(new Error("full"));
	assert.deepEqual(await flushed, { late: [], failed: [first] });
	assert.deepEqual(errors, ["full"]);
});

describe("a logger that is no pino is through with its flush", () => {
	const flushing = (flush: unknown): Logger => ({ flush }) as Logger;
	const written = { late: [], failed: [] };

	test("when it returns, where it takes no callback and gives no promise", async () => {
		assert.deepEqual(
			await flushLog(
				flushing(() => {}),
				A_MINUTE_MS,
			),
			written,
		);
		assert.deepEqual(
			await flushLog(
				flushing(() => "all of it"),
				A_MINUTE_MS,
			),
			written,
		);
	});

	test("when its promise is kept", async () => {
		let isWritten = false;
		const writing = new Promise<void>((resolve) => {
			setImmediate(() => {
				isWritten = true;
				resolve();
			});
		});
		assert.deepEqual(
			await flushLog(
				flushing(() => writing),
				A_MINUTE_MS,
			),
			written,
		);
		assert.ok(isWritten);
	});

	test("when it calls back, where it takes a callback: never is late", async () => {
		let isWritten = false;
		const calling = (done: () => void): void => {
			setImmediate(() => {
				isWritten = true;
				done();
			});
		};
		assert.deepEqual(await flushLog(flushing(calling), A_MINUTE_MS), written);
		assert.ok(isWritten);
		const { late, failed } = await flushLog(
			flushing((_done: () => void) => {}),
			1,
		);
		assert.deepEqual([late.length, failed], [1, []]);
	});

	test("and failed where it throws, or its promise is broken", async () => {
		const thrown = (): never => {
			throw new Error("full");
		};
		for (const flush of [thrown, () => Promise.reject(new Error("full"))]) {
			const { late, failed } = await flushLog(flushing(flush), A_MINUTE_MS);
			assert.deepEqual([late, failed.length], [[], 1]);
		}
	});
});
