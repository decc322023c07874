import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { createInFlight } from "./in-flight.ts";

function open(): ServerResponse {
	return new ServerResponse(new IncomingMessage(new Socket()));
}

describe("the requests of a connection that are not answered", () => {
	test("are told in their order, whichever is answered first", () => {
		const inFlight = createInFlight();
		const [first, second, third] = [open(), open(), open()];
		for (const response of [first, second, third]) inFlight.add(response);
		inFlight.delete(second);
		assert.deepEqual(inFlight.requests(), [first.req, third.req]);
		inFlight.delete(first);
		inFlight.add(second);
		assert.deepEqual(inFlight.requests(), [third.req, second.req]);
		assert.equal(inFlight.size, 2);
	});

	test("are none when all are answered, also when one is told twice", () => {
		const inFlight = createInFlight();
		const [first, second] = [open(), open()];
		inFlight.add(first);
		inFlight.delete(second);
		assert.equal(inFlight.size, 1);
		inFlight.delete(first);
		inFlight.delete(first);
		assert.equal(inFlight.size, 0);
		assert.deepEqual(inFlight.requests(), []);
	});

	test("may be many, and then it is the last that announces the end", () => {
		const inFlight = createInFlight();
		const responses = Array.from({ length: 20 }, open);
		for (const response of responses) inFlight.add(response);
		inFlight.announceLast();
		const later = open();
		inFlight.add(later);
		inFlight.announceLast();
		assert.deepEqual(
			[...responses, later].filter((response) => response.getHeader("connection") === "close"),
			[later],
		);
	});
});
