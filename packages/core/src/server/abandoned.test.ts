import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { trackAbandoned } from "./abandoned.ts";

/** One that came whole. */
function open(): ServerResponse {
	const request = new IncomingMessage(new Socket());
	request.complete = true;
	return new ServerResponse(request);
}

describe("requests whose clients have gone", () => {
	test("are those whose answers have not begun, until they are ended", () => {
		const abandoned = trackAbandoned();
		const [first, second, begun] = [open(), open(), open()];
		begun.writeHead(200);
		for (const response of [first, second, begun]) abandoned.add(response);
		assert.deepEqual(abandoned.requests(), [first.req, second.req]);
		first.end();
		assert.deepEqual(abandoned.requests(), [second.req]);
	});

	test("are through also where a stream is to be piped into the answer, which nobody can end", async () => {
		const abandoned = trackAbandoned();
		const response = open();
		abandoned.add(response);
		Readable.from(["piece"]).pipe(response);
		assert.deepEqual(abandoned.requests(), []);
	});

	test("are none of which the program hears that their clients go, or whose answers it has cut", () => {
		const abandoned = trackAbandoned();
		const [heard, cut] = [open(), open()];
		heard.req.on("close", () => {});
		cut.destroy();
		for (const response of [heard, cut]) abandoned.add(response);
		assert.deepEqual(abandoned.requests(), []);
	});

	test("are none that came in part", () => {
		const abandoned = trackAbandoned();
		const response = open();
		response.req.complete = false;
		abandoned.add(response);
		assert.deepEqual(abandoned.requests(), []);
	});

	test("are forgotten after five seconds, for most of them have stopped without a word", (t) => {
		const now = t.mock.method(performance, "now", () => 0);
		const abandoned = trackAbandoned();
		const [first, second] = [open(), open()];
		abandoned.add(first);
		now.mock.mockImplementation(() => 4_000);
		abandoned.add(second);
		assert.equal(abandoned.requests().length, 2);
		now.mock.mockImplementation(() => 5_001);
		assert.deepEqual(abandoned.requests(), [second.req]);
	});

	test("are waited for until they are through, or the time is over", async (t) => {
		// Who waits holds no process.
		const held = setInterval(() => {}, 1_000);
		t.after(() => clearInterval(held));
		const abandoned = trackAbandoned();
		const [first, second] = [open(), open()];
		for (const response of [first, second]) abandoned.add(response);
		setImmediate(() => first.end());
		assert.deepEqual(await abandoned.through(50), [second.req]);
		assert.deepEqual(abandoned.requests(), []);
	});
});
