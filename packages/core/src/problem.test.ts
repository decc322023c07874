import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isErrorStatus, plainProblem, problem, statusOf } from "./problem.ts";

/** The body of a problem. */
const told = (error: unknown, status: number): Record<string, unknown> =>
	JSON.parse(problem(error, status, "abc").body);

/** The headers beyond the two that every problem has. */
function carried(headers: unknown): Record<string, string> {
	const {
		"content-type": _,
		"cache-control": __,
		...rest
	} = Object.fromEntries(problem({ headers }, 503, "abc").headers);
	return rest;
}

const withFields = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

test("where nothing was thrown, a client is told the same, in the same bytes", () => {
	for (const status of [429, 503]) {
		for (const id of ["", "abc", '"quoted"\n']) {
			assert.equal(plainProblem(status)(id), problem(undefined, status, id).body);
		}
	}
});

describe("what a client is told of an error", () => {
	test("of one that is ours, nothing but the status and the request's id", () => {
		const error = new Error("password of db is hunter2");
		assert.deepEqual(told(error, 500), {
			type: "about:blank",
			title: "Internal Server Error",
			status: 500,
			requestId: "abc",
		});
	});

	test("of one that is the client's, the message that was meant for it", () => {
		assert.deepEqual(told(withFields("no such user", { status: 404 }), 404), {
			type: "about:blank",
			title: "Not Found",
			status: 404,
			detail: "no such user",
			requestId: "abc",
		});
	});

	test("of one that came after such a status was set, nothing: it may say anything", () => {
		assert.equal(told(new Error("password authentication failed"), 401).detail, undefined);
	});

	test("what http-errors marks as to be shown or not to be shown", () => {
		assert.equal(told(withFields("try later", { expose: true }), 503).detail, "try later");
		assert.equal(told(withFields("internal", { expose: false }), 404).detail, undefined);
	});

	test("never a stack, whatever NODE_ENV says", () => {
		for (const status of [400, 500]) {
			assert.doesNotMatch(problem(new Error("x"), status, "abc").body, /problem\.test|\bat \b/);
		}
	});

	test("no message twice: one that is the title is not repeated", () => {
		assert.equal(told(withFields("Not Found", { status: 404 }), 404).detail, undefined);
	});

	test("no more than a thousand characters", () => {
		assert.equal(String(told(withFields("x".repeat(5_000), { status: 400 }), 400).detail).length, 1_000);
	});

	test("no id, where there is none", () => {
		assert.equal("requestId" in JSON.parse(problem(undefined, 500, "").body), false);
	});

	test("as a problem that nobody keeps", () => {
		assert.deepEqual(problem(new Error("x"), 500, "abc").headers, [
			["content-type", "application/problem+json; charset=utf-8"],
			["cache-control", "no-store"],
		]);
	});

	test("also with a status that has no name", () => {
		assert.deepEqual([told(undefined, 499).title, told(undefined, 499).status], ["Error", 499]);
	});
});

describe("anything can be thrown", () => {
	const hostile: Readonly<Record<string, unknown>> = {
		nothing: undefined,
		null: null,
		"a text": "thrown",
		"a number": 42,
		"a symbol": Symbol("thrown"),
		"a function": () => {},
		"an object without a prototype": Object.assign(Object.create(null), { message: "no prototype" }),
		"a message that is no text": { message: { toString: () => "x" } },
		"what throws when it is looked at": new Proxy(
			{},
			{
				get() {
					throw new Error("do not look");
				},
			},
		),
		"headers that throw when they are looked at": {
			get headers() {
				throw new Error("do not look");
			},
		},
		"headers whose values throw": {
			headers: {
				get "x-a"() {
					throw new Error("do not look");
				},
			},
		},
		"headers that cannot be listed": {
			headers: new Proxy(
				{},
				{
					ownKeys() {
						throw new Error("do not look");
					},
				},
			),
		},
		"headers that are no text": {
			headers: { "x-a": Object.create(null), "x-b": Symbol("x"), "x-c": undefined },
		},
	};
	for (const [name, thrown] of Object.entries(hostile)) {
		test(`${name} is a problem like any other`, () => {
			for (const status of [400, 500]) {
				const { body, headers } = problem(thrown, status, "abc");
				assert.equal(JSON.parse(body).status, status);
				assert.equal(headers.length, 2);
			}
			assert.equal(statusOf(thrown), undefined);
		});
	}
});

describe("headers of an error", () => {
	test("go along, under their names in lower case", () => {
		assert.deepEqual(carried({ "Retry-After": "30", "WWW-Authenticate": 'Bearer realm="x"' }), {
			"retry-after": "30",
			"www-authenticate": 'Bearer realm="x"',
		});
		assert.deepEqual(carried({ "retry-after": 30 }), { "retry-after": "30" });
	});

	test("that would break the answer stay behind", () => {
		const broken = {
			"content-type": "text/html",
			"Content-Length": "5",
			"transfer-encoding": "chunked",
			connection: "close",
			"x-split": "a\r\nset-cookie: b=c",
			"x y": "name with a space",
			"": "no name",
			"x-unicode": "☃",
			"x-missing": undefined,
		};
		assert.deepEqual(carried(broken), {});
	});

	test("are an object, or are none", () => {
		for (const headers of [null, "retry-after: 5", 5, undefined]) assert.deepEqual(carried(headers), {});
	});
});

describe("the status that the thrower meant", () => {
	const table: readonly (readonly [object, number | undefined])[] = [
		[{ statusCode: 404 }, 404],
		[{ status: 409 }, 409],
		[{ statusCode: 400, status: 500 }, 400],
		[{ statusCode: 200, status: 422 }, 422],
		[{ statusCode: 200 }, undefined],
		[{ statusCode: 302 }, undefined],
		[{ statusCode: 600 }, undefined],
		[{ statusCode: 404.5 }, undefined],
		[{ statusCode: "404" }, undefined],
		[{ status: "error" }, undefined],
		[{}, undefined],
	];
	for (const [error, status] of table) {
		test(`${JSON.stringify(error)}: ${status ?? "none"}`, () => {
			assert.equal(statusOf(error), status);
		});
	}

	test("is one of the client's or of the server's errors", () => {
		assert.deepEqual([399, 400, 499, 500, 599, 600, Number.NaN].filter(isErrorStatus), [400, 499, 500, 599]);
	});
});
