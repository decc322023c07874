import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	type Check,
	callback,
	either,
	flag,
	libraryOptions,
	listOf,
	milliseconds,
	objectWith,
	oneOf,
	shown,
	text,
	wholeNumber,
} from "./checks.ts";

interface Row {
	readonly check: Check;
	readonly takes: readonly unknown[];
	readonly refuses: readonly unknown[];
}

const tables: Readonly<Record<string, Row>> = {
	"a whole number takes nothing but whole numbers within its bounds": {
		check: wholeNumber({ min: 1, max: 16, example: 1 }),
		takes: [1, 2, 16],
		refuses: [0, 17, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, null, undefined, true, [1], {}],
	},
	"a whole number without a maximum ends where counting ends": {
		check: wholeNumber({ min: 0, example: 1 }),
		takes: [0, Number.MAX_SAFE_INTEGER],
		refuses: [Number.MAX_SAFE_INTEGER + 1, -1],
	},
	"milliseconds end where a timer of Node would fire at once": {
		check: milliseconds({ example: 1_000 }),
		takes: [0, 1, 2 ** 31 - 1],
		refuses: [2 ** 31, -1, 0.5, "1s"],
	},
	"a choice takes its words and no other spelling": {
		check: oneOf(["exit", "warn"]),
		takes: ["exit", "warn"],
		refuses: ["Exit", "", "exit ", 0, ["exit"], null],
	},
	"a flag takes no word for yes": {
		check: flag(true),
		takes: [true, false],
		refuses: ["true", 1, 0, null, "yes"],
	},
	"a callback is a function": {
		check: callback("() => {}"),
		takes: [() => {}, function named() {}, class {}],
		refuses: ["() => {}", {}, null],
	},
	"a text is what its pattern describes": {
		check: text(/^\/[a-z]+$/, "a path", "/livez"),
		takes: ["/livez"],
		refuses: ["livez", "/livez ", "/livez\n/x", 1, ["/livez"], new String("/livez")],
	},
	"a list is right when all of it is": {
		check: listOf(oneOf(["a", "b"])),
		takes: [[], ["a"], ["b", "a", "a"]],
		refuses: [["a", "c"], "a", { 0: "a", length: 1 }, new Set(["a"]), [["a"]]],
	},
	"an alternative takes what one of its checks takes": {
		check: either(listOf(oneOf(["a"])), oneOf(["*"])),
		takes: [["a"], "*"],
		refuses: ["a", ["*"]],
	},
	"an object is known by its methods": {
		check: objectWith(["info", "child"], "pino()"),
		takes: [{ info() {}, child() {} }, Object.create({ info() {}, child() {} })],
		refuses: [{ info() {} }, { info() {}, child: true }, null, "pino", () => {}],
	},
	"options of a library are a matter of the library": {
		check: libraryOptions("helmet", "false"),
		takes: [true, false, {}, { any: "thing" }, []],
		refuses: [null, "none", 1],
	},
};

describe("checks", () => {
	for (const [name, { check, takes, refuses }] of Object.entries(tables)) {
		test(name, () => {
			assert.deepEqual(
				takes.filter((value) => !check.accepts(value)),
				[],
				"refused, and should be taken",
			);
			assert.deepEqual(
				refuses.filter((value) => check.accepts(value)),
				[],
				"taken, and should be refused",
			);
		});
	}

	test("a check says in words what it takes, and what to type", () => {
		const words = [
			wholeNumber({ min: 1, max: 16, example: 1 }),
			milliseconds({ min: 1, example: 8_000 }),
			oneOf(["exit", "warn"]),
			listOf(oneOf(["a"])),
			either(flag(false), oneOf(["*"])),
			objectWith(["info", "child"], "pino()"),
		].map(({ expected, example }) => `${expected} -> ${example}`);
		assert.deepEqual(words, [
			"a whole number from 1 to 16 -> 1",
			"a whole number from 1 to 2147483647 (milliseconds) -> 8000",
			'one of "exit", "warn" -> "exit"',
			'a list, each one of "a" -> ["a"]',
			'true or false, or one of "*" -> false',
			"an object with info(), child() -> pino()",
		]);
	});
});

describe("a value in a message", () => {
	test("looks like what was typed", () => {
		assert.equal(shown("50"), "'50'");
		assert.equal(shown(50), "50");
		assert.equal(shown(null), "null");
		assert.equal(shown({ a: { b: 1 } }), "{ a: [Object] }");
	});

	test("is short and stands on one line, whatever it is", () => {
		const long = [
			"x".repeat(10_000),
			"two\nlines",
			Array.from({ length: 500 }, (_, index) => index),
			Array.from({ length: 20 }, (_, index) => `10.0.${index}.0/24`),
			Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, index])),
			new Error("an error with a stack"),
			function named() {
				return 1;
			},
		].map((value) => shown(value));
		assert.deepEqual(
			long.filter((line) => line.length > 90 || line.includes("\n")),
			[],
		);
	});

	test("is not there when it is a secret", () => {
		const check: Check = { ...text(/^x$/, "a token", "..."), isSecret: true };
		assert.equal(shown("hunter2", check), "a string");
		assert.doesNotMatch(shown(["hunter2"], check), /hunter2/);
	});
});
