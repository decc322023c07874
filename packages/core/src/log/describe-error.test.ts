import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { pino } from "pino";
import { describeError } from "./describe-error.ts";
import { redact, redactMessage } from "./redaction.ts";

const refuse = (): never => {
	throw new Error("no");
};
const hostileHandler = Object.fromEntries(
	["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor", "isExtensible"].map((trap) => [
		trap,
		refuse,
	]),
);

test("an error: its type, message, code, stack, cause and what it carries", () => {
	const cause = Object.assign(new TypeError("inner"), { code: 7 });
	const error = Object.assign(new Error("outer", { cause }), { code: "E_X", status: 503 });
	const description = describeError(error);
	assert.deepEqual(
		{ ...description, stack: "", cause: { ...(description.cause as object), stack: "" } },
		{
			type: "Error",
			message: "outer",
			code: "E_X",
			stack: "",
			cause: { type: "TypeError", message: "inner", code: 7, stack: "" },
			status: 503,
		},
	);
	assert.equal(description.stack, error.stack);
});

test("the type is what an error calls itself, else its class", () => {
	class HttpError extends Error {}
	assert.equal(describeError(new HttpError("x")).type, "HttpError");
	assert.equal(describeError(Object.assign(new Error("x"), { name: "AxiosError" })).type, "AxiosError");
	assert.equal(describeError(new DOMException("x", "AbortError")).type, "AbortError");
	assert.equal(describeError(runInNewContext("new RangeError('x')")).type, "RangeError");
});

test("things that are no errors", () => {
	const frozen = Object.freeze({ a: 1 });
	const cases: readonly (readonly [thrown: unknown, message: string])[] = [
		[null, "null"],
		[undefined, "undefined"],
		["a text with Bearer abc", "a text with Bearer [redacted]"],
		["", ""],
		[42, "42"],
		[12n, "12"],
		[Symbol("s"), "Symbol(s)"],
		[function named(): void {}, "[function named]"],
		[frozen, "a thrown Object"],
		[Object.create(null), "a thrown anonymous"],
		[{ message: "own words" }, "own words"],
		[["a"], "a thrown Array"],
		[new Proxy({}, hostileHandler), "[unreadable]"],
		[new Proxy(new Error("x"), hostileHandler), "[unreadable]"],
		[{ toString: refuse, toJSON: refuse }, "[unreadable]"],
		[Promise.resolve(1), "a thrown Promise"],
	];
	for (const [thrown, message] of cases) {
		const description = describeError(thrown);
		assert.equal(description.type, "NonErrorThrown");
		assert.equal(description.message, message);
		assert.doesNotThrow(() => JSON.stringify(description));
	}
	assert.deepEqual(describeError({ status: 400, password: "abc" }).value, {
		status: 400,
		password: "[redacted]",
	});
});

test("errors that refuse to be read", () => {
	for (const name of [
		"message",
		"name",
		"stack",
		"cause",
		"code",
		"errors",
		"own",
		"constructor",
		"toJSON",
	]) {
		const error = new Error("x");
		Object.defineProperty(error, name, { get: refuse, enumerable: true });
		const description = describeError(error);
		assert.equal(typeof description.message, "string", name);
		assert.equal(typeof description.type, "string", name);
		assert.doesNotThrow(() => JSON.stringify(description));
	}
	const odd = Object.assign(new Error("x"), {
		message: { a: 1 },
		stack: 5,
		name: 6,
		code: { a: 1 },
		errors: "no",
	});
	assert.doesNotThrow(() => JSON.stringify(describeError(odd)));
	assert.equal(describeError(odd).stack, undefined);
});

test("a circle of causes ends", () => {
	const error = new Error("a");
	error.cause = new Error("b", { cause: error });
	const description = describeError(error) as { cause: { cause: unknown } };
	assert.equal(description.cause.cause, "[circular]");
});

test("10,000 causes, 1,000 errors and both in each other stay below 64 kB", () => {
	let chain = new Error("x".repeat(3_000));
	for (let level = 0; level < 10_000; level++) chain = new Error("y".repeat(3_000), { cause: chain });
	const many = new AggregateError(
		Array.from({ length: 1_000 }, (_, index) => new Error(`number ${index}`, { cause: chain })),
		"many",
	);
	const tree = (depth: number): Error =>
		depth === 0
			? new Error("leaf")
			: new AggregateError(
					Array.from({ length: 6 }, () => tree(depth - 1)),
					"node",
				);
	const carrying = Object.assign(new Error("x".repeat(10_000_000)), {
		list: Array(1_000).fill("z".repeat(10_000)),
	});
	for (const error of [
		chain,
		many,
		tree(5),
		carrying,
		Object.assign(new Error("\u0001".repeat(1e6)), { name: "\u0001" }),
	]) {
		const text = JSON.stringify(describeError(error));
		assert.ok(Buffer.byteLength(text) < 64_000, String(Buffer.byteLength(text)));
	}
	assert.equal(JSON.stringify(describeError(chain)).split('"type":').length - 1, 5);
	const described = describeError(many);
	assert.equal(described.errors!.length, 6);
	assert.equal(described.errors![5], "[+995 more]");
});

test("a message of 10 MB leaves the frames of the stack", () => {
	const { message, stack } = describeError(new Error("x".repeat(10_000_000)));
	assert.match(message, /x\[\+9997984 characters\]$/);
	assert.match(stack!, /^Error: x+\[\+9997984 characters\]\n {4}at /);
});

test("the secrets of an HTTP client's error are masked, also in its stack", () => {
	const error = Object.assign(new Error("401 at https://u:abc@h/?token=abc"), {
		config: { headers: { Authorization: "Bearer abc" }, url: "/x?code=abc", data: '{"password":"abc"}' },
	});
	const text = JSON.stringify(describeError(error));
	assert.ok(!text.includes("abc"), text);
	assert.ok(text.includes("at https://[redacted]@h/?token=[redacted]\\n    at "), text);
});

test("describing a description changes nothing, also after it went through redaction", () => {
	const description = describeError(new Error("x"));
	assert.equal(describeError(description), description);
	const { err } = redact({ err: new Error("x") });
	assert.equal(describeError(err), err);
	const long = describeError(Object.assign(new Error("x"), { list: Array(300).fill("y".repeat(200)) }));
	const { err: cut } = redact({ err: long });
	assert.notEqual(cut, long);
	assert.equal(describeError(cut), cut);
	const other = describeError("text");
	assert.equal(describeError(other), other);
});

test("pino writes one line of all that, without secrets", () => {
	const lines: string[] = [];
	const logger = pino(
		{
			serializers: { err: describeError, msg: redactMessage },
			formatters: { log: redact, bindings: redact },
		},
		{ write: (line: string) => lines.push(line) },
	);
	const error = Object.assign(new TypeError("boom\nBearer abc"), {
		config: { headers: { authorization: "abc" } },
	});
	logger.error(error);
	logger.warn({ cookie: "abc" }, "said Bearer %s", "abc");
	logger.fatal({ err: null, hostile: new Proxy({}, hostileHandler) }, "x".repeat(10_000_000));
	logger.info(
		{ url: "x".repeat(10_000_000), err: new Error("y".repeat(10_000_000)) },
		"\u0001".repeat(1_000_000),
	);
	assert.equal(lines.length, 4);
	for (const line of lines) {
		assert.equal(line.indexOf("\n"), line.length - 1);
		assert.ok(!line.includes("abc"), line);
		assert.ok(Buffer.byteLength(line) < 16_000, String(Buffer.byteLength(line)));
	}
	const first = JSON.parse(lines[0]!) as { err: Record<string, unknown>; msg: string };
	assert.equal(first.err.type, "TypeError");
	assert.equal(first.msg, "boom\nBearer [redacted]");
});
