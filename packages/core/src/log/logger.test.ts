import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger, type Logger } from "./logger.ts";

const MAX_LINE_BYTES = 16 * 1024;
const HUGE = "x".repeat(10_000_000);

/** What a logger of ours writes, byte by byte. */
function written(write: (log: Logger) => void): string {
	const lines: string[] = [];
	write(createLogger({ level: "trace", format: "json", write: (line) => lines.push(line) }));
	assert.equal(lines.length, 1);
	return lines[0]!;
}

function nested(depth: number): object {
	let value: object = { text: HUGE };
	for (let level = 0; level < depth; level++) value = { value, beside: [value] };
	return value;
}

const LARGE: Readonly<Record<string, (log: Logger) => void>> = {
	"a URL": (log) => log.info({ req: { method: "GET", url: `/${HUGE}` }, status: 414 }, "request completed"),
	"a path": (log) => log.info({ path: `/${HUGE}`, status: 414 }, "request completed"),
	"the message of an error": (log) => log.error({ err: new Error(HUGE), status: 414 }, "failed"),
	"the stack of an error": (log) =>
		log.error({ err: Object.assign(new Error("e"), { stack: HUGE }), status: 414 }, "failed"),
	"a cause": (log) => log.error({ err: new Error("e", { cause: new Error(HUGE) }), status: 414 }, "failed"),
	"a body": (log) => log.info({ body: { list: Array(1_000).fill(HUGE.slice(0, 1_000)) }, status: 414 }),
	"an object, deep": (log) => log.info({ value: nested(20), status: 414 }),
	"a name": (log) => log.info({ [HUGE]: 1, status: 414 }),
	"many names": (log) =>
		log.info({ status: 414, ...Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n])) }),
	"a buffer": (log) => log.info({ value: [Buffer.from(HUGE), HUGE], status: 414 }),
	"what children have bound": (log) =>
		log.child({ a: HUGE }).child({ b: HUGE }).child({ c: HUGE }).info({ d: HUGE, status: 414 }, HUGE),
	"quotes, and line breaks": (log) => log.info({ a: '"'.repeat(1e6), b: "\n".repeat(1e6), status: 414 }),
	"letters of three bytes": (log) =>
		log.info({ a: "\u20ac".repeat(1e6), b: "\u2028".repeat(1e6), status: 414 }),
};

describe("L168 a line that would be huge", () => {
	for (const [what, write] of Object.entries(LARGE)) {
		test(`by ${what} is below 16 kB, says that it was cut, and keeps the short fields`, () => {
			const line = written(write);
			assert.ok(Buffer.byteLength(line) <= MAX_LINE_BYTES, String(Buffer.byteLength(line)));
			assert.match(line, /\[\+\d+ (?:characters|more)\]|\[truncated\]|\[deep\]|\[Buffer of/);
			assert.equal(JSON.parse(line).status, 414);
		});
	}

	test("by its message alone is cut too", () => {
		const line = written((log) => log.info(HUGE));
		assert.ok(Buffer.byteLength(line) <= MAX_LINE_BYTES);
		assert.match(JSON.parse(line).msg, /\[\+\d+ characters\]$/);
	});
});

const STRANGE: Readonly<Record<string, () => unknown>> = {
	"a circle": () => {
		const loop: Record<string, unknown> = {};
		loop.self = [loop];
		return loop;
	},
	"a BigInt": () => 10n,
	"a getter that throws": () =>
		Object.defineProperty({}, "read", {
			enumerable: true,
			get() {
				throw new Error("no");
			},
		}),
	"a proxy that throws": () =>
		new Proxy(
			{},
			{
				get() {
					throw new Error("no");
				},
				ownKeys() {
					throw new Error("no");
				},
				getPrototypeOf() {
					throw new Error("no");
				},
			},
		),
	"a proxy that was revoked": () => {
		const { proxy, revoke } = Proxy.revocable({}, {});
		revoke();
		return proxy;
	},
	"a toJSON that throws": () => ({
		toJSON() {
			throw new Error("no");
		},
	}),
	"a toJSON that gives itself": () => {
		const self = { toJSON: (): unknown => self };
		return self;
	},
	"an error whose every part throws": () =>
		new Proxy(new Error("e"), {
			get() {
				throw new Error("no");
			},
		}),
	"a symbol": () => Symbol("s"),
	"an invalid date": () => new Date(Number.NaN),
};

describe("L168 a value that cannot be read", () => {
	for (const [what, make] of Object.entries(STRANGE)) {
		const ways: readonly ((log: Logger, value: never) => void)[] = [
			(log, value) => log.info({ value }, "said"),
			(log, value) => log.error({ err: value }, "said"),
			(log, value) => log.child({ value }).info("said"),
			(log, value) => log.info({ deep: { list: [value] } }, "said"),
			(log, value) => log.info("said %j", value),
		];
		test(`such as ${what} costs neither the line nor the program`, () => {
			for (const way of ways)
				assert.match(JSON.parse(written((log) => way(log, make() as never))).msg, /^said/);
		});
	}
});

test("L168 bindings that are none, or cannot be read, cost neither the line nor the program", () => {
	const { proxy, revoke } = Proxy.revocable({}, {});
	revoke();
	const refusing = Object.defineProperty({}, "read", {
		enumerable: true,
		get() {
			throw new Error("no");
		},
	});
	for (const bindings of [proxy, refusing, null, undefined, [1, 2]]) {
		assert.match(JSON.parse(written((log) => log.child(bindings as never).info("said"))).msg, /^said/);
	}
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding none is the purpose
const LOUD = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u2028-\u202e\u2066-\u2069\ufeff]/;

test("L166 a line of JSON holds nothing that ends a line or speaks to a terminal, and loses nothing by it", () => {
	const text =
		"a\r\n\u001b[31m\u007f\u0085\u009b\u061c\u200e\u2028\u2029\u202e\u2066\ufeff\u{e0041}\u0000\u00e9\u20ac\u{1f600}b";
	const line = written((log) => log.child({ bound: text }).info({ [`key ${text}`]: text }, text));
	assert.match(line, /^[^\n]*\n$/);
	assert.doesNotMatch(line.slice(0, -1), LOUD);
	assert.equal(/\u{e0041}/u.test(line), false);
	assert.match(line, /é€😀/u);
	const { bound, msg, [`key ${text}`]: value } = JSON.parse(line);
	assert.deepEqual([bound, msg, value], [text, text, text]);
});
