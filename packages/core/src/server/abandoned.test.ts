import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
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
		const abandoned = trackAbandoned(() => assert.fail());
		const [first, second, begun] = [open(), open(), open()];
		begun.writeHead(200);
		for (const response of [first, second, begun]) abandoned.add(response);
		assert.deepEqual(abandoned.requests(), [first.req, second.req]);
		first.end();
		assert.deepEqual(abandoned.requests(), [second.req]);
	});

	test("are none that came in part", () => {
		const abandoned = trackAbandoned(() => assert.fail());
		const response = open();
		response.req.complete = false;
		abandoned.add(response);
		assert.deepEqual(abandoned.requests(), []);
	});

	test("are forgotten after five seconds, for most of them have stopped without a word", (t) => {
		const now = t.mock.method(performance, "now", () => 0);
		const abandoned = trackAbandoned(() => assert.fail());
		const [first, second] = [open(), open()];
		abandoned.add(first);
		now.mock.mockImplementation(() => 4_000);
		abandoned.add(second);
		assert.equal(abandoned.requests().length, 2);
		now.mock.mockImplementation(() => 5_001);
		assert.deepEqual(abandoned.requests(), [second.req]);
	});

	test("are waited for until they are through, or the time is over", async () => {
		const givenUp: IncomingMessage[] = [];
		const abandoned = trackAbandoned((request) => givenUp.push(request));
		const [first, second] = [open(), open()];
		for (const response of [first, second]) abandoned.add(response);
		setImmediate(() => first.end());
		await abandoned.through(50);
		assert.deepEqual(givenUp, [second.req]);
		assert.deepEqual(abandoned.requests(), []);
	});
});
