import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { type Hold, holdAnswer, type SaveOutcome } from "./hold.ts";

const VERDICT = {
	status: 503,
	headers: [["x-verdict", "yes"]],
	body: "unavailable",
	forget: ["x-own"],
} as const;

/** A response whose save is over when the test says so. */
function held(more: Partial<Hold<unknown>> = {}) {
	const request = new IncomingMessage(new Socket());
	request.method = "GET";
	const response = new ServerResponse(request);
	const wire = new PassThrough();
	const written: string[] = [];
	wire.on("data", (chunk: Buffer) => written.push(String(chunk)));
	response.assignSocket(wire as unknown as Socket);
	let finish: (outcome?: SaveOutcome) => void = () => {};
	const failed: unknown[] = [];
	holdAnswer(
		response,
		{
			save: (_, done) => {
				finish = done;
			},
			head: (_, args) => {
				response.setHeader("x-cookie", "set");
				return args;
			},
			saveLate: (_, done) => done(),
			fail: (_, error) => failed.push(error),
			answer: () => ({ ...VERDICT, status: 500 }),
			...more,
		},
		undefined,
	);
	return {
		response,
		failed,
		finish: (outcome?: SaveOutcome) => finish(outcome),
		text: () => written.join(""),
	};
}

const ready: Partial<Hold<unknown>> = { save: (_, done) => done() };

test("two of them hold one answer, as where a session was taken off the request and another one came", () => {
	const { response, finish, text } = held();
	const order: string[] = [];
	holdAnswer(
		response,
		{
			save(_, done) {
				order.push("second");
				done();
			},
			head: (_, args) => args,
			saveLate: (_, done) => done(),
			fail: () => {},
			answer: () => VERDICT,
		},
		undefined,
	);
	response.end("body");
	assert.deepEqual([order, text()], [["second"], ""]);
	finish();
	assert.match(text(), /x-cookie: set[\s\S]*\r\n\r\nbody$/);
});

describe("an answer that waits for nothing", () => {
	test("goes out in the same call, with what the library has set", () => {
		const { response, text } = held(ready);
		response.end("body");
		assert.match(text(), /x-cookie: set[\s\S]*\r\n\r\nbody$/);
	});

	test("may end once more where Node has refused its end", () => {
		const { response, text } = held(ready);
		assert.throws(() => response.end(5), { code: "ERR_INVALID_ARG_TYPE" });
		response.end("body");
		assert.match(text(), /body$/);
	});

	test("gives what Node gives", () => {
		const { response } = held(ready);
		assert.equal(response.write("a"), true);
		assert.equal(response.end("b"), response);
	});
});

describe("an answer that is held", () => {
	test("writes nothing until it is let go, and then everything in its order, with its callbacks", async () => {
		const { response, finish, text } = held();
		const called: string[] = [];
		response.writeHead(202, { "x-own": "1" });
		response.write("a", () => called.push("a"));
		response.write("b", "utf8", () => called.push("b"));
		const ended = new Promise<void>((resolve) => response.end("c", () => resolve()));
		assert.equal(text(), "");
		finish();
		await ended;
		assert.match(text(), /^HTTP\/1\.1 202 /);
		assert.match(text(), /\r\n\r\nabc$/);
		assert.deepEqual(called, ["a", "b"]);
	});

	test("holds a source back, and tells it to go on", async () => {
		const { response, finish } = held();
		assert.equal(response.write("a"), false);
		const drained = new Promise<void>((resolve) => response.once("drain", resolve));
		finish();
		await drained;
	});

	test("looks like one whose head is out", () => {
		const { response, finish } = held();
		response.end("first");
		assert.equal(response.headersSent, true);
		assert.equal(response.writableEnded, true);
		for (const late of [() => response.setHeader("a", "b"), () => response.removeHeader("a")]) {
			assert.throws(late, { code: "ERR_HTTP_HEADERS_SENT" });
		}
		finish();
		assert.equal(Object.hasOwn(response, "headersSent"), false);
		assert.equal(response.headersSent, true);
	});

	for (const [what, say] of [
		["a head", (response: ServerResponse) => response.writeHead(200, { "x-given": "a\nb" })],
		["a status", (response: ServerResponse) => response.writeHead(99)],
	] as const) {
		test(`is replaced where Node refuses ${what} of it, which is thrown at nobody`, () => {
			const { response, finish, text } = held();
			say(response);
			response.end("body");
			finish();
			assert.match(text(), /^HTTP\/1\.1 500 [\s\S]*unavailable$/);
			assert.doesNotMatch(text(), /x-given/);
		});
	}

	test("is the framework's to answer where Node refuses its end, which is thrown at nobody", () => {
		const { response, finish, failed, text } = held();
		response.end(5);
		finish();
		assert.ok(failed[0] instanceof Error && failed.length === 1);
		assert.equal(text(), "");
		response.statusCode = 500;
		response.end("failed");
		assert.match(text(), /^HTTP\/1\.1 500 [\s\S]*failed$/);
	});

	test("is the framework's to cut where Node refuses what comes behind its head", () => {
		const { response, finish, failed } = held();
		response.write("first");
		response.write(5 as never);
		finish();
		assert.equal(failed.length, 1);
		assert.ok(response.headersSent && !response.writableEnded);
	});

	test("a second answer is let go", () => {
		const { response, finish, text } = held();
		response.end("first");
		response.end("second");
		finish();
		assert.match(text(), /first$/);
	});
});

describe("an answer whose session was not saved", () => {
	test("is replaced, and what was said for it is forgotten", () => {
		const { response, finish, text } = held();
		response.setHeader("x-own", "1");
		response.statusCode = 201;
		response.statusMessage = "Made";
		response.end("made");
		finish({ verdict: VERDICT });
		assert.match(text(), /^HTTP\/1\.1 503 Service Unavailable\r\n/);
		assert.match(text(), /x-verdict: yes/);
		assert.doesNotMatch(text(), /made|x-own|x-cookie/i);
	});

	test("takes what its source still writes, and goes on calling back", async () => {
		const { response, finish, text } = held();
		response.write("a");
		finish({ verdict: VERDICT });
		const before = text();
		await new Promise<void>((resolve) => response.write("b", () => resolve()));
		await new Promise<void>((resolve) => response.end(() => resolve()));
		assert.equal(text(), before);
	});

	test("is the framework's affair after an error, where the program has said all it had to say", () => {
		const { response, finish, text, failed } = held();
		const error = new Error("not to be saved");
		response.end("first");
		finish({ error });
		assert.deepEqual(failed, [error]);
		assert.equal(text(), "");
		response.statusCode = 500;
		response.end("the framework's");
		assert.match(text(), /^HTTP\/1\.1 500 [\s\S]*the framework's$/);
	});

	test("and ours where the program is still writing", () => {
		const { response, finish, text, failed } = held();
		response.write("first");
		finish({ error: new Error("not to be saved") });
		response.end("last");
		assert.deepEqual(failed, []);
		assert.match(text(), /^HTTP\/1\.1 500 [\s\S]*unavailable$/);
	});

	test("is cut where its head is out: half an answer must not look like a whole one", () => {
		const { response, text } = held({ ...ready, saveLate: (_, done) => done({ error: new Error("late") }) });
		response.write("first");
		response.end("last");
		assert.equal(response.destroyed, true);
		assert.doesNotMatch(text(), /0\r\n\r\n$/);
	});
});
