import assert from "node:assert/strict";
import { IncomingMessage, OutgoingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { isKept, keepHead, setMissing } from "./keep-head.ts";

function response(): ServerResponse {
	return new ServerResponse(new IncomingMessage(new Socket()));
}

function kept(): ServerResponse {
	const made = response();
	keepHead(made);
	assert.ok(isKept(made));
	return made;
}

/** The head as it leaves. */
function headOf(made: ServerResponse): string {
	const socket = new PassThrough();
	made.sendDate = false;
	made.assignSocket(socket as never);
	made.flushHeaders();
	return String(socket.read());
}

describe("Node goes on keeping a head", () => {
	const METHODS = [
		"setHeader",
		"appendHeader",
		"removeHeader",
		"getHeader",
		"hasHeader",
		"getHeaders",
	] as const;
	for (const name of [...METHODS, "getHeaderNames", "getRawHeaderNames", "writeHead"] as const) {
		test(`where somebody has a ${name} of his own`, () => {
			const made = response();
			Object.assign(made, { [name]: () => "his own" });
			keepHead(made);
			assert.ok(!isKept(made));
			assert.equal((made as never as Record<string, () => unknown>)[name]!(), "his own");
		});
	}

	test("where it stands on a class or a prototype", () => {
		class Own extends ServerResponse {
			override getHeader(name: string): ReturnType<ServerResponse["getHeader"]> {
				return super.getHeader(name) ?? "his own";
			}
		}
		const made = new Own(new IncomingMessage(new Socket()));
		keepHead(made);
		assert.ok(!isKept(made));
	});

	test("where a header is set already", () => {
		const made = response();
		made.setHeader("X-Before", "1");
		keepHead(made);
		assert.ok(!isKept(made));
		setMissing(made, ["x-before", "2", "X-Recorded", "3"]);
		assert.deepEqual({ ...made.getHeaders() }, { "x-before": "1", "x-recorded": "3" });
	});

	test("where the head is out", () => {
		const made = response();
		made.writeHead(200);
		keepHead(made);
		assert.ok(!isKept(made));
	});

	test("from the moment that something odd is set, with all that was set before", () => {
		const made = kept();
		setMissing(made, ["X-Recorded", "1"]);
		made.setHeader("X-Odd", true as never);
		assert.ok(!isKept(made));
		made.setHeader("X-After", "2");
		assert.match(headOf(made), /X-Recorded: 1\r\nX-Odd: true\r\nX-After: 2\r\n/);
	});
});

describe("a head that is kept", () => {
	test("is known by any spelling of its names, and keeps the last one", () => {
		const made = kept();
		made.setHeader("X-One", "1");
		assert.deepEqual([made.getHeader("x-one"), made.hasHeader("X-ONE")], ["1", true]);
		made.setHeader("x-oNe", "2");
		assert.deepEqual(made.getHeaders(), Object.assign(Object.create(null), { "x-one": "2" }));
		assert.match(headOf(made), /\r\nx-oNe: 2\r\n/);
	});

	test("does not take one name for another of the same length", () => {
		const made = kept();
		// Half of these differ by the bit that tells large letters from small ones.
		for (const name of ["x-a", "x^a", "x`b", "x~c"]) {
			made.setHeader(name, name);
		}
		made.setHeader("x^b", "other");
		assert.equal(made.getHeader("x`b"), "x`b");
		assert.equal(made.getHeader("x~b"), undefined);
	});

	test("goes by the lower case of whatever it is asked for, as Node does", () => {
		const made = kept();
		made.setHeader("k", "1");
		assert.equal(made.getHeader("\u212a"), "1");
		assert.throws(() => made.getHeader(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
	});

	test("remembers of writeHead no more than Node where nothing was set before", () => {
		const made = kept();
		made.writeHead(200, { "X-Given": "1" });
		assert.equal(made.getHeader("x-given"), undefined);
	});

	test("can be asked for when it is out, and be changed no more", () => {
		const made = kept();
		setMissing(made, ["X-Recorded", "1"]);
		made.writeHead(200, { "X-Given": "2" });
		assert.deepEqual({ ...made.getHeaders() }, { "x-recorded": "1", "x-given": "2" });
		for (const change of [
			() => made.setHeader("a", "b"),
			() => made.appendHeader("a", "b"),
			() => made.removeHeader("x-recorded"),
			() => made.writeHead(200),
			() => made.writeHead(200, { a: "b" }),
		])
			assert.throws(change, { code: "ERR_HTTP_HEADERS_SENT" });
		setMissing(made, ["X-Recorded", "1"]);
	});

	test("loses nothing to the older name of writeHead", (t) => {
		const made = kept() as ServerResponse & { writeHeader?: (status: number) => void };
		if (made.writeHeader === undefined) return t.skip("this Node has it no more");
		setMissing(made, ["X-Recorded", "1"]);
		made.writeHeader(200);
		assert.match(headOf(made), /\r\nX-Recorded: 1\r\n/);
	});

	test("is left to who has begun to keep it", () => {
		const made = kept();
		setMissing(made, ["X-Recorded", "1"]);
		keepHead(made);
		assert.equal(made.getHeader("x-recorded"), "1");
	});

	test("stays, whatever prototype a framework puts the response under", () => {
		const made = kept();
		setMissing(made, ["X-Recorded", "1"]);
		Object.setPrototypeOf(made, Object.create(ServerResponse.prototype));
		assert.equal(made.getHeader("x-recorded"), "1");
		assert.match(headOf(made), /\r\nX-Recorded: 1\r\n/);
	});
});

describe("Node's own methods, called past those of the response,", () => {
	const node = OutgoingMessage.prototype;

	test("set a header that is told and sent with the others", () => {
		const made = kept();
		setMissing(made, ["X-Recorded", "1"]);
		node.setHeader.call(made, "X-Past", "2");
		assert.equal(made.getHeader("x-past"), "2");
		assert.ok(made.hasHeader("X-Past"));
		assert.deepEqual({ ...made.getHeaders() }, { "x-past": "2", "x-recorded": "1" });
		made.setHeader("X-After", "3");
		assert.deepEqual(made.getHeaderNames().sort(), ["x-after", "x-past", "x-recorded"]);
		assert.match(headOf(made), /X-Past: 2\r\nX-Recorded: 1\r\nX-After: 3\r\n/);
	});

	test("end the answer with all that was kept", () => {
		const made = kept();
		setMissing(made, ["X-Recorded", "1"]);
		node.setHeader.call(made, "X-Past", "2");
		(node.end as () => void).call(made);
		assert.match(headOf(made), /X-Past: 2\r\nX-Recorded: 1\r\n/);
	});
});
