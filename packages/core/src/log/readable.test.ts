import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError } from "./describe-error.ts";
import { formatReadable } from "./readable.ts";

const TIME = new Date(2026, 10, 3, 12, 3, 4, 123).getTime();

function line(fields: Record<string, unknown>): string {
	return `${JSON.stringify({ level: 30, time: TIME, pid: 1, hostname: "h", ...fields })}\n`;
}

test("the time, the level, the message, then the fields", () => {
	assert.equal(
		formatReadable(
			line({ msg: "request completed", req: { method: "GET", url: "/x?a=1" }, ms: 1.5, note: "two words" }),
		),
		'12:03:04.123 INFO  request completed  req.method=GET req.url="/x?a=1" ms=1.5 note="two words"',
	);
	assert.equal(
		formatReadable(line({ level: 50, list: [1, "a b"], empty: {}, none: null, blank: "", flag: true })),
		'12:03:04.123 ERROR  list=[1,"a b"] empty={} none=null blank="" flag=true',
	);
	assert.equal(formatReadable(line({ level: 35, time: "2026", msg: "x" })).includes(" 35    x"), true);
	assert.equal(formatReadable('{"msg":"x"}'), "--:--:--.--- -     x");
});

test("colours come only when asked for", () => {
	assert.equal(formatReadable(line({ msg: "x", a: 1 })).includes("\u001b"), false);
	assert.equal(
		formatReadable(line({ msg: "x", a: 1 }), true),
		"\u001b[90m12:03:04.123\u001b[0m \u001b[32mINFO \u001b[0m x  \u001b[90ma=1\u001b[0m",
	);
});

test("an error stands below its line, with its stack, its cause and what it carries", () => {
	const cause = Object.assign(new TypeError("inner"), { stack: "TypeError: inner\n    at b (/b.js:2:2)" });
	const error = Object.assign(new Error("outer", { cause }), {
		stack: "Error: outer\n    at a (/a.js:1:1)",
		code: "E_X",
	});
	assert.equal(
		formatReadable(line({ level: 50, msg: "failed", err: describeError(error) })),
		[
			"12:03:04.123 ERROR failed",
			"    Error: outer  code=E_X",
			"        at a (/a.js:1:1)",
			"        caused by: TypeError: inner",
			"            at b (/b.js:2:2)",
		].join("\n"),
	);
	const many = new AggregateError(
		Array.from({ length: 7 }, () => "e"),
		"many",
	);
	const shown = formatReadable(line({ err: { ...describeError(many), stack: undefined } })).split("\n");
	assert.equal(shown[1], "    AggregateError: many");
	assert.equal(shown[7], '        with: "[+2 more]"');
	assert.equal(
		formatReadable(line({ err: describeError("text") })).split("\n")[1],
		"    NonErrorThrown: text",
	);
});

const BREAKING = [
	"\n",
	"\r",
	"\r\n",
	"\u001b[31m",
	"\u009b31m",
	"\u0085",
	"\u2028",
	"\u2029",
	"\u202e",
	"\u2066",
	"\u200f",
	"\u0000",
	"\u007f",
	"\b",
	"\v",
	"\f",
	"\ufeff",
	"\u{e0041}",
	"\ud800",
];
const BREAKS =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
	/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Surrogate}\u{e0041}]/u;

test("no value begins a line of its own or speaks to the terminal", () => {
	for (const mark of BREAKING) {
		const text = `a${mark}12:03:04.123 INFO  forged`;
		const fields: readonly Record<string, unknown>[] = [
			{ msg: text },
			{ msg: { text } },
			{ value: text },
			{ [text]: 1 },
			{ list: [text, { [text]: text }] },
			{ deep: { [text]: { a: { b: { c: { d: { e: text } } } } } } },
			{ level: text },
			{ time: text },
			{ body: { type: "Error", message: "m", stack: `Error: m\n    at x${text}` } },
		];
		for (const one of fields) {
			const shown = formatReadable(line(one));
			assert.equal(shown.includes("\n"), false, shown);
			assert.equal(BREAKS.test(shown), false, JSON.stringify(shown));
		}
		const plain = formatReadable(`not json ${text}\n`);
		assert.equal(BREAKS.test(plain) || plain.includes("\n"), false, JSON.stringify(plain));
	}
});

test("only frames make lines, indented, whatever the message, the type or the cause say", () => {
	for (const mark of BREAKING) {
		const forged = `a${mark}12:03:04.123 INFO  forged${mark}    at fake (/x.js:1:1)`;
		const error = new Error(forged, { cause: new Error(forged, { cause: forged }) });
		const named = Object.assign(new Error("x"), { name: forged, own: forged, [forged]: 1, code: forged });
		const changed = Object.assign(new Error("before"), { message: "after" });
		changed.stack = `Error: before${mark}forged\n    at real (/x.js:1:1)`;
		const framed = new Error("x");
		framed.stack = `Error: x\n    at real${mark}forged\n${mark}12:03:04.123 INFO  forged`;
		for (const thrown of [
			error,
			named,
			changed,
			framed,
			forged,
			new AggregateError([error, forged], forged),
		]) {
			const [head, ...rest] = formatReadable(line({ msg: "m", err: describeError(thrown) })).split("\n");
			assert.equal(head, "12:03:04.123 INFO  m");
			for (const below of rest) {
				assert.match(below, /^ {4}/);
				assert.equal(BREAKS.test(below), false, JSON.stringify(below));
				assert.doesNotMatch(below, /^ +(?:12:03|forged|at fake)/);
			}
		}
	}
});

test("what is no line of pino passes through", () => {
	for (const text of ["hello", "12", "null", '"text"', "[1]", "", '{"level":30', "Server listening on :3000"])
		assert.equal(formatReadable(`${text}\n`), text);
	const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
	assert.equal(typeof formatReadable(deep), "string");
});
