import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { redact, redactMessage } from "./redaction.ts";

const CANARY = "kanarienvogel";

/** The same 1,000 placements in every run. */
function sequence(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

type Pick = <T>(list: readonly T[]) => T;
type Leaf = (pick: Pick, mixedCase: (name: string) => string) => unknown;

const HEADERS = ["authorization", "cookie", "set-cookie", "x-api-key", "proxy-authorization", "x-csrf-token"];
const FIELDS = [
	"password",
	"api_key",
	"accessToken",
	"client_secret",
	"refresh_token",
	"cvv",
	"sessionId",
	"otp",
];
const PARAMETERS = [
	"token",
	"access_token",
	"code",
	"key",
	"signature",
	"sig",
	"password",
	"X-Amz-Signature",
];
const HEADER_VALUES = [CANARY, `Bearer ${CANARY}`, `Basic ${CANARY}`, `a=1; sid=${CANARY}; Path=/`];

const LEAVES: readonly Leaf[] = [
	(pick, mixedCase) => ({ headers: { host: "h", [mixedCase(pick(HEADERS))]: pick(HEADER_VALUES) } }),
	(pick, mixedCase) => ({
		headers: { [mixedCase(pick(HEADERS))]: [pick(HEADER_VALUES), pick(HEADER_VALUES)] },
	}),
	(pick, mixedCase) => ({ rawHeaders: ["Host", "h", mixedCase(pick(HEADERS)), pick(HEADER_VALUES)] }),
	(pick, mixedCase) => new Map([[mixedCase(pick(HEADERS)), pick(HEADER_VALUES)]]),
	(pick, mixedCase) => new Headers([[mixedCase(pick(HEADERS)), pick(HEADER_VALUES)]]),
	(pick, mixedCase) => [
		["host", "h"],
		[mixedCase(pick(HEADERS)), pick(HEADER_VALUES)],
	],
	(pick, mixedCase) => ({ name: mixedCase(pick(HEADERS)), value: pick(HEADER_VALUES) }),
	(pick) => ({ body: { user: "u", [pick(FIELDS)]: CANARY } }),
	(pick) => ({ body: { [pick(FIELDS)]: { value: CANARY, list: [CANARY] } } }),
	(pick) => JSON.stringify({ user: "u", [pick(FIELDS)]: CANARY, n: 1 }),
	(pick) => `a=1&${pick(FIELDS)}=${CANARY}&b=2`,
	(pick) => `/path?a=1&${pick(PARAMETERS)}=${CANARY}&b=2`,
	(pick) => `GET https://h/path?${pick(PARAMETERS)}=${CANARY} failed`,
	(pick) => `/path?next=${encodeURIComponent(`https://h/?${pick(PARAMETERS)}=${CANARY}`)}`,
	(pick) => ({ query: { a: "1", [pick(PARAMETERS)]: CANARY } }),
	(pick) => new URLSearchParams({ [pick(PARAMETERS)]: CANARY }),
	(pick) => new URL(`https://u:${CANARY}@h/?${pick(PARAMETERS)}=${CANARY}`),
	(pick) => `${pick(["redis", "postgres", "https", "amqp"])}://u:${CANARY}@h:1/0 refused`,
	() => `sent Bearer ${CANARY}.x to h`,
	() => `eyJhbGciOiJIUzI1NiJ9.${CANARY}.${CANARY}`,
	() => `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
	(pick) => ({ [`/path?${pick(PARAMETERS)}=${CANARY}`]: 1 }),
	(pick) => ({ toJSON: () => ({ [pick(FIELDS)]: CANARY }) }),
	(pick) => new Set([{ [pick(FIELDS)]: CANARY }]),
	(pick) => {
		let error = new Error(`401 at https://h/?${pick(PARAMETERS)}=${CANARY}`);
		for (let level = 0; level < 3; level++) error = new Error(`level ${level}`, { cause: error });
		return error;
	},
	(pick, mixedCase) =>
		Object.assign(new Error("Request failed with status code 401"), {
			config: {
				headers: { [mixedCase(pick(HEADERS))]: pick(HEADER_VALUES) },
				auth: { username: "u", password: CANARY },
				data: JSON.stringify({ [pick(FIELDS)]: CANARY }),
			},
			response: { headers: { "set-cookie": [CANARY] } },
		}),
	(pick) => new AggregateError([new Error("a"), new Error(`${pick(FIELDS)}=${CANARY}`)], "many"),
];

test("a secret in 2,000 placements comes out of none of them", () => {
	const random = sequence(7);
	const pick: Pick = (list) => list[random(list.length)]!;
	const mixedCase = (name: string): string =>
		Array.from(name, (letter) => (random(2) === 0 ? letter.toUpperCase() : letter)).join("");
	const wrap: readonly ((value: unknown) => unknown)[] = [
		(value) => ({ inner: value, other: 1 }),
		(value) => ["first", value],
		(value) => new Map([["inner", value]]),
		(value) => ({ data: value, toString: null }),
	];
	for (let count = 0; count < 2_000; count++) {
		const leaf = LEAVES[count % LEAVES.length]!;
		let placed: unknown = leaf(pick, mixedCase);
		for (let depth = random(8); depth > 0; depth--) placed = pick(wrap)(placed);
		const text = JSON.stringify(redact({ before: "b", placed, after: 2 }));
		assert.ok(!text.includes(CANARY), `leaf ${count % LEAVES.length}: ${text}`);
		assert.ok(text.includes('"before":"b"') && text.includes('"after":2'), text);
	}
});

test("a secret is found eight levels down, and nothing is shown below that", () => {
	const nested = (levels: number): Record<string, unknown> =>
		levels === 0 ? { password: CANARY, user: "u" } : { inner: nested(levels - 1) };
	assert.match(JSON.stringify(redact(nested(8))), /"password":"\[redacted\]","user":"u"/);
	assert.match(JSON.stringify(redact(nested(9))), /\{"inner":"\[deep\]"\}/);
});

test("a line without secrets is the very same object", () => {
	const lines: readonly Record<string, unknown>[] = [
		{},
		{
			id: "r-1",
			method: "GET",
			route: "/users/:id",
			url: "/users/1?page=2",
			status: 200,
			ms: 1.5,
			ip: "10.0.0.1",
		},
		{
			req: { headers: { host: "h", "user-agent": "curl/8.1" } },
			list: [1, "two", { three: null }],
			at: new Date(0),
		},
		{
			tokenCount: 5,
			author: "bob",
			keyboard: "de",
			description: "passed",
			passed: true,
			maxTokens: 100,
			code: "E1",
		},
		{ password: null, token: undefined, cookie: false, secret: "", hasPassword: true, nothing: undefined },
		{ session: { views: 3 }, auth: { user: "u" }, csrf: { enabled: true }, tokens: 5, pin: 4, pass: 3 },
		{ fields: ["authorization", "cookie"], missing: ["password", "email"], pairs: [["name", "bob"]] },
		{ prompt_tokens: 5, usage: { total_tokens: 9, completion_tokens_details: { reasoning: 1 } } },
	];
	for (const line of lines) assert.equal(redact(line), line);
});

test("what was logged is not touched, and what needs no mask is shared", () => {
	const deep = Object.freeze({
		shared: Object.freeze({ a: 1 }),
		user: Object.freeze({ password: "abc", name: "bob" }),
	});
	const line = Object.freeze({ deep, list: Object.freeze([Object.freeze({ token: "abc" })]) });
	const before = JSON.stringify(line);
	const redacted = redact(line) as { deep: { shared: unknown } };
	assert.deepEqual(redacted, {
		deep: { shared: { a: 1 }, user: { password: "[redacted]", name: "bob" } },
		list: [{ token: "[redacted]" }],
	});
	assert.equal(JSON.stringify(line), before);
	assert.equal(redacted.deep.shared, deep.shared);
});

test("redacting twice changes nothing", () => {
	const once = redact({ url: "/x?token=abc", body: { password: "abc" }, err: new Error("Bearer abc") });
	assert.equal(redact(once), once);
});

test("secrets of the environment that hide themselves stay as they say", () => {
	const secret = { toJSON: () => "[secret]" };
	assert.deepEqual(redact({ password: secret, other: secret, token: "[secret]" }), {
		password: "[secret]",
		other: "[secret]",
		token: "[secret]",
	});
	assert.deepEqual(redact({ password: { toJSON: () => "abc" } }), { password: "[redacted]" });
});

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const refuse = (): never => {
	throw new Error("no");
};
const hostile = new Proxy({}, { get: refuse, ownKeys: refuse, has: refuse, getPrototypeOf: refuse });

test("what cannot be read is said to be unreadable", () => {
	const line = {
		getter: Object.defineProperty({ fine: 1 }, "bad", { enumerable: true, get: refuse }),
		hostile,
		revoked: revoked.proxy,
		json: { toJSON: refuse },
		list: [hostile, 1],
	};
	assert.deepEqual(
		{ ...redact(line) },
		{
			getter: { fine: 1, bad: "[unreadable]" },
			hostile: "[unreadable]",
			revoked: "[unreadable]",
			json: "[unreadable]",
			list: ["[unreadable]", 1],
		},
	);
	assert.deepEqual(redact(hostile), { line: "[unreadable]" });
	assert.deepEqual(redact(revoked.proxy), { line: "[unreadable]" });
});

test("values that JSON has no words for", () => {
	class Socket extends EventEmitter {
		readonly password = "abc";
	}
	const line = {
		big: 12n,
		symbol: Symbol("s"),
		callback: function named(): void {},
		buffer: Buffer.from("abc"),
		floats: new Float64Array(2),
		memory: new ArrayBuffer(8),
		pattern: /a+/g,
		boxed: Object("Bearer abc"),
		socket: new Socket(),
		map: new Map<unknown, unknown>([
			["a", 1],
			[{}, 2],
		]),
		set: new Set([1, 2]),
		url: new URL("https://h/x"),
		headers: new Headers({ Accept: "a" }),
		search: new URLSearchParams("a=1&code=abc"),
		nothing: undefined,
	};
	assert.deepEqual(redact(line), {
		big: "12",
		symbol: "Symbol(s)",
		callback: "[function named]",
		buffer: "[Buffer of 3 bytes]",
		floats: "[Float64Array of 16 bytes]",
		memory: "[ArrayBuffer of 8 bytes]",
		pattern: "/a+/g",
		boxed: "Bearer [redacted]",
		socket: "[Socket]",
		map: { a: 1, "[object]": 2 },
		set: [1, 2],
		url: "https://h/x",
		headers: { accept: "a" },
		search: { a: "1", code: "[redacted]" },
		nothing: undefined,
	});
});

test("a circle is cut where it closes; the same object twice is no circle", () => {
	const circle: Record<string, unknown> = { a: 1 };
	circle.self = circle;
	circle.list = [circle];
	assert.deepEqual(redact(circle), { a: 1, self: "[circular]", list: ["[circular]"] });
	const shared = { a: 1 };
	const line = { one: shared, two: shared };
	assert.equal(redact(line), line);
});

test("what gives JSON of its own is asked once", () => {
	let asked = 0;
	const fickle = { toJSON: () => (asked++ === 0 ? { fine: 1 } : { password: CANARY }) };
	assert.equal(JSON.stringify(redact({ fickle })), '{"fickle":{"fine":1}}');
	class Model {
		calls = 0;
		toJSON(): unknown {
			return this.calls++ === 0 ? this : { password: CANARY };
		}
	}
	assert.equal(JSON.stringify(redact({ model: new Model() })), '{"model":{"calls":1}}');
	const self: Record<string, unknown> = { a: 1 };
	self.toJSON = () => self;
	assert.deepEqual(JSON.parse(JSON.stringify(redact({ self }))), {
		self: { a: 1, toJSON: "[function anonymous]" },
	});
});

test("keys of requests cannot change the prototype of a copy", () => {
	const body: unknown = JSON.parse('{"__proto__":{"admin":true},"password":"abc"}');
	const { body: copy } = redact({ body }) as { body: Record<string, unknown> };
	assert.equal(copy.admin, undefined);
	assert.equal(JSON.stringify(copy), '{"__proto__":{"admin":true},"password":"[redacted]"}');
});

test("wide values are cut and say by how much", () => {
	const numbers = Array.from({ length: 250 }, (_, index) => index);
	const line = redact({
		list: numbers,
		object: Object.fromEntries(numbers.map((n) => [`k${n}`, n])),
		map: new Map(numbers.map((n) => [n, n])),
		set: new Set(numbers),
	}) as Record<string, Record<string, unknown>>;
	assert.equal(line.list!.length, 101);
	assert.equal(line.list![100], "[+150 more]");
	assert.equal(line.object!["[truncated]"], "150 more entries");
	assert.equal(Object.keys(line.object!).length, 101);
	assert.equal(line.map!["[truncated]"], "150 more entries");
	assert.equal(line.set![100], "[+150 more]");
});

test("a line stays below 16 kB, and a long value does not hide the short ones behind it", () => {
	const long = "x".repeat(10_000_000);
	const tree = (depth: number): unknown =>
		depth === 0 ? "leaf" : Array.from({ length: 20 }, () => tree(depth - 1));
	const lines: readonly Record<string, unknown>[] = [
		{ url: long, status: 404 },
		{ a: long, b: long, c: long, status: 404 },
		{ a: "\u0001".repeat(1_000_000), b: "\u20ac".repeat(1_000_000), status: 404 },
		{
			err: Object.assign(new Error(long, { cause: new Error(long) }), { config: { data: long } }),
			status: 404,
		},
		{ [long]: 1, status: 404 },
		{ body: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n}${"k".repeat(1_000)}`, "v"])) },
		{ tree: tree(4) },
		{ list: Array.from({ length: 100 }, () => "y".repeat(250)) },
		{ list: Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ({}))) },
	];
	for (const line of lines) {
		const text = JSON.stringify(redact(line));
		assert.ok(Buffer.byteLength(text) < 13_000, `${Buffer.byteLength(text)} ${text.slice(0, 100)}`);
		assert.equal(text.includes('"status":404'), "status" in line, text.slice(-200));
		assert.match(text, /\[\+\d+ (?:characters|more)\]|more entries/);
	}
	assert.ok(Buffer.byteLength(JSON.stringify(redactMessage(long))) <= 3_074);
	assert.deepEqual(redactMessage({ a: 1 }), { a: 1 });
	assert.equal(redactMessage("Bearer abc"), "Bearer [redacted]");
});

test("serializers see what was logged, and what they give is masked", () => {
	class Exchange {
		get url(): string {
			return "/x?token=abc";
		}
	}
	const line = { req: new Exchange(), res: 1, n: 2 };
	const serializers = {
		req: (req: Exchange) => ({ url: req.url }),
		res: refuse,
		absent: refuse,
	};
	assert.deepEqual(redact(line, serializers), {
		req: { url: "/x?token=[redacted]" },
		res: "[unreadable]",
		n: 2,
	});
	assert.ok(line.req instanceof Exchange);
});
