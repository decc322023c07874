import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import formbody from "@fastify/formbody";
import { type Options, ProductionReadyError } from "@production-ready/core";
import * as onExpress from "@production-ready/express";
import {
	type Ask,
	EXPRESS_5,
	express4,
	express5,
	forEachServer,
	fresh,
	listen,
	type Native,
	type Reply,
	type Route,
	tell,
} from "./servers.ts";

const PROBLEM = "application/problem+json; charset=utf-8";
const JSON_TYPE = { "content-type": "application/json" };

function post(body: string | Buffer, headers: Ask["headers"] = JSON_TYPE): Ask {
	return { method: "POST", headers, body };
}

/** Answers with what it has got, where that is of a size that can be. */
const ECHO: Route = tell("/", ({ body }) => body, { method: "POST", body: "guarded" });
const SIZE: Route = tell("/size", ({ body }) => Object.keys(body as object).length, {
	method: "POST",
	body: "guarded",
});

function check(reply: Reply, status: number, detail: RegExp): void {
	assert.equal(reply.status, status, reply.text);
	assert.equal(reply.headers["content-type"], PROBLEM);
	assert.match(reply.json().detail, detail);
	assert.equal(reply.json().requestId, reply.headers["x-request-id"]);
}

const nested = (levels: number, open = "[", close = "]"): string =>
	open.repeat(levels) + close.repeat(levels);

forEachServer(({ start, framework }) => {
	test("JSON is read as ever", async (t) => {
		const server = await start(t, { routes: [ECHO] });
		for (const body of [
			"{}",
			"[]",
			'{"a":[1,{"b":null}],"prototype":{"constructor":1},"constructor":"Acme","proto":1}',
			'{"constructor":{"name":"x"},"toString":1}',
			nested(64),
		]) {
			assert.equal((await server.ask("/", post(body))).text, body);
		}
	});

	test("H100 a body with a way to a prototype is refused, however it is written", async (t) => {
		const server = await start(t, { routes: [ECHO] });
		for (const body of [
			'{"__proto__":{"x":1}}',
			'{"__proto__":null}',
			'{"a":[{"b":{"__proto__":{"x":1}}}]}',
			'{"\\u005f_proto__":{"x":1}}',
			'{"constructor":{"prototype":{"x":1}}}',
			'[{"a":{"constructor":{"prototype":null}}}]',
			'{"constructor":{"\\u0070rototype":{"x":1}}}',
		]) {
			const reply = await server.ask("/", post(body));
			assert.deepEqual([reply.status, reply.headers["content-type"]], [400, PROBLEM], body);
			if (framework === "express")
				assert.match(reply.json().detail, /^the body has the keys? (?:__proto__|constructor)/);
		}
		assert.equal(({} as { x?: number }).x, undefined);
	});

	test("H100 more keys than there may be are refused, wherever they are", async (t) => {
		const server = await start(t, { routes: [SIZE] });
		const keys = (count: number): string =>
			Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join(",");
		assert.equal((await server.ask("/size", post(`{${keys(10_000)}}`))).text, "10000");
		const many = /^the body has more than 10000 keys$/;
		check(await server.ask("/size", post(`{${keys(10_001)}}`)), 400, many);
		check(await server.ask("/size", post(`[${Array(5_001).fill('{"a":1,"b":2}').join(",")}]`)), 400, many);
		const list = `[${Array(100_000).fill("1").join(",")}]`;
		assert.equal((await server.ask("/size", post(list))).text, "100000");
	});

	test("H101 nesting that would run a program out of stack is refused, and ends nothing", async (t) => {
		const server = await start(t, { routes: [ECHO] });
		const deep = /^the body is nested more than 64 levels deep$/;
		check(await server.ask("/", post(nested(65))), 400, deep);
		check(await server.ask("/", post(nested(100_000))), 400, deep);
		check(await server.ask("/", post(nested(500_000))), 400, deep);
		check(await server.ask("/", post(nested(100_000, '{"a":', "}").replace('{"a":}', "{}"))), 400, deep);
		check(await server.ask("/", post("[".repeat(100_000))), 400, /./);
		check(await server.ask("/", post('{"a":'.repeat(200_000))), 400, /./);
		assert.equal((await server.ask("/", post("{}"))).status, 200);
	});

	test("what is no JSON, or no charset of it, is the client's fault", async (t) => {
		const server = await start(t, { routes: [ECHO] });
		for (const [body, headers, statuses] of [
			["{", JSON_TYPE, [400]],
			["nonsense", JSON_TYPE, [400]],
			["\u0000", JSON_TYPE, [400]],
			['{"a":1}{"b":2}', JSON_TYPE, [400]],
			[Buffer.from([0xff, 0xfe, 0x7b]), JSON_TYPE, [400]],
			["{}", { "content-type": "application/json; charset=klingon" }, [415, 200]],
			["{}", { "content-type": "application/json; charset=utf-8" }, [200]],
		] as const) {
			const reply = await server.ask("/", post(body, headers));
			assert.ok((statuses as readonly number[]).includes(reply.status), `${reply.status} for ${body}`);
			if (reply.status !== 200) assert.equal(reply.headers["content-type"], PROBLEM);
		}
		if (framework === "express")
			assert.equal(
				(await server.ask("/", post("{}", { "content-type": "application/json; charset=klingon" }))).status,
				415,
			);
	});

	test("a route may read deeper, and less deep, than the app", async (t) => {
		const routes: Route[] = [
			{ ...ECHO, path: "/deep", own: { limits: { maxDepth: 200 } } },
			{ ...ECHO, path: "/flat", own: { limits: { maxDepth: 1, maxKeys: 2 } } },
			ECHO,
		];
		const server = await start(t, { options: { limits: { maxDepth: 10 } }, routes });
		const status = async (path: string, body: string) => (await server.ask(path, post(body))).status;
		assert.deepEqual([await status("/deep", nested(200)), await status("/deep", nested(201))], [200, 400]);
		assert.deepEqual([await status("/flat", '{"a":1,"b":2}'), await status("/flat", '{"a":{}}')], [200, 400]);
		assert.equal(await status("/flat", '{"a":1,"b":2,"c":3}'), 400);
		assert.deepEqual([await status("/", nested(10)), await status("/", nested(11))], [200, 400]);
	});

	test("a body that is too long is a 413 with either way of saying its length", async (t) => {
		const server = await start(t, { options: { limits: { maxBodyBytes: 100 } }, routes: [ECHO] });
		const body = JSON.stringify("x".repeat(200));
		check(await server.ask("/", post(`[${body}]`)), 413, /^the body has more than 100 bytes$/);
		const chunked = { ...JSON_TYPE, "transfer-encoding": "chunked" };
		check(await server.ask("/", post(`[${body}]`, chunked)), 413, /^the body has more than 100 bytes$/);
	});

	test("a client that goes away in the midst of its body breaks nothing", async (t) => {
		const server = await start(t, { routes: [ECHO] });
		const head =
			"POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n";
		const { connect } = await import("node:net");
		const socket = connect(server.port, "127.0.0.1");
		socket.end(`${head}{"a":`);
		await server.line({ path: "/" });
		assert.equal((await server.ask("/", post("{}"))).status, 200);
		socket.destroy();
	});

	test("H100 a form that is deep or has 10,000 fields is refused", async (t) => {
		const parsed: Native = {
			express: (app, express) => app.use(express.urlencoded({ extended: true })),
			fastify: (app) => void app.register(formbody),
		};
		const form = { "content-type": "application/x-www-form-urlencoded" };
		const echo = tell("/", ({ body }) => body, { method: "POST" });
		const server = await start(t, { beforeRoutes: parsed, routes: [echo] });
		assert.deepEqual((await server.ask("/", post("a=1&b=2", form))).json(), { a: "1", b: "2" });
		for (const [body, statuses] of [
			[Array.from({ length: 10_000 }, (_, index) => `k${index}=1`).join("&"), [400, 413]],
			[Array.from({ length: 10_000 }, () => "a=1").join("&"), [400, 413]],
			[Array.from({ length: 10_000 }, () => "a[]=1").join("&"), [400, 413]],
			[`a${"[b]".repeat(100)}=1`, framework === "express" ? [400] : [200]],
			["a[__proto__][x]=1&__proto__[x]=1&constructor[prototype][x]=1&__proto__=1", [200, 400]],
			["a=%zz&%ff", [200, 400]],
		] as const) {
			const reply = await server.ask("/", post(body, form));
			assert.ok(
				(statuses as readonly number[]).includes(reply.status),
				`${reply.status}: ${body.slice(0, 60)}`,
			);
			if (reply.status !== 200) assert.equal(reply.headers["content-type"], PROBLEM);
		}
		const packed = await server.ask("/", post(gzipSync("a=1"), { ...form, "content-encoding": "gzip" }));
		assert.equal(packed.status, framework === "express" ? 200 : 415);
		assert.equal(({} as { x?: number }).x, undefined);
	});

	test("what is no plain object is left as the parser made it", async (t) => {
		const circular: Record<string, unknown> = { fields: {} };
		(circular.fields as Record<string, unknown>).back = circular;
		const parsed: Native = {
			express: (app) =>
				app.use("/own", (request, _response, next) => {
					request.body = circular;
					onExpress.json()(request, _response, next);
				}),
			fastify: (app) => app.addContentTypeParser("x/own", (_request, _payload, done) => done(null, circular)),
		};
		const route = tell("/own", ({ body }) => body === circular, { method: "POST" });
		const server = await start(t, { beforeRoutes: parsed, routes: [route] });
		assert.equal((await server.ask("/own", post("x", { "content-type": "x/own" }))).text, "true");
	});
});

for (const [name, express] of [
	["Express 4", express4],
	["Express 5", express5],
] as const) {
	test(`json() takes what express.json takes (${name})`, async (t) => {
		fresh(t);
		const app = express();
		const seen: unknown[] = [];
		app.use(onExpress.productionReady({ platform: "plain", logging: false }));
		const options = {
			limit: "2kb",
			strict: false,
			type: "application/vnd.own+json",
			inflate: false,
			verify: (_request: unknown, _response: unknown, bytes: Buffer) => {
				seen.push(bytes.toString());
				if (bytes.includes("wrong signature")) throw new Error("no");
			},
			reviver: (key: string, value: unknown) => (key === "at" ? new Date(value as string).getTime() : value),
		};
		app.post("/", onExpress.json(options), (request, response) => void response.json(request.body ?? "none"));
		const server = await listen(t, app as never);
		const own = { "content-type": "application/vnd.own+json" };
		assert.equal((await server.ask("/", post("1", own))).text, "1");
		assert.equal((await server.ask("/", post('{"at":"1970-01-01"}', own))).text, '{"at":0}');
		assert.equal((await server.ask("/", post('"wrong signature"', own))).status, 403);
		assert.equal((await server.ask("/", post("x".repeat(3_000), own))).status, 413);
		assert.equal(
			(await server.ask("/", post(gzipSync("1"), { ...own, "content-encoding": "gzip" }))).status,
			415,
		);
		assert.ok(["none", "{}"].includes((await server.ask("/", post("{}"))).json() as string));
		assert.deepEqual(seen.slice(0, 2), ["1", '{"at":"1970-01-01"}']);
		const deep = await server.ask("/", post("[".repeat(900) + "]".repeat(900), own));
		assert.deepEqual([deep.status, deep.headers["content-type"]], [400, PROBLEM]);
	});
}

test("a reviver is not called deeper than there is stack", async (t) => {
	const server = await EXPRESS_5.start(t, {
		beforeRoutes: {
			express: (app) =>
				app.post(
					"/",
					onExpress.json({ reviver: (_key, value) => value }),
					(_request, response) => void response.end(),
				),
		},
	});
	const reply = await server.ask("/", post(nested(100_000)));
	assert.deepEqual([reply.status, reply.headers["content-type"]], [400, PROBLEM]);
});

test("json() with a limit of its own is what the app's limits make way for", async (t) => {
	const server = await EXPRESS_5.start(t, {
		options: { limits: { maxBodyBytes: 100 } },
		beforeRoutes: {
			express: (app) => {
				app.post("/more", onExpress.json({ limit: "1kb" }), (_request, response) => void response.end());
				app.post("/app", onExpress.json(), (_request, response) => void response.end());
			},
		},
	});
	const body = `["${"x".repeat(500)}"]`;
	for (const headers of [JSON_TYPE, { ...JSON_TYPE, "transfer-encoding": "chunked" }]) {
		assert.equal((await server.ask("/more", post(body, headers))).status, 200);
		assert.equal((await server.ask("/app", post(body, headers))).status, 413);
		assert.equal((await server.ask("/more", post(`["${"x".repeat(5_000)}"]`, headers))).status, 413);
	}
});

test("a webhook's own parser gets its bytes as they came, also in front of json()", async (t) => {
	const server = await EXPRESS_5.start(t, {
		beforeRoutes: {
			express: (app, express) => {
				app.post(
					"/hook",
					express.raw({ type: "*/*" }),
					(request, response) => void response.send(request.body),
				);
				app.use(onExpress.json());
			},
		},
	});
	const body = '{"__proto__":1,  "spaces" : true }';
	assert.equal((await server.ask("/hook", post(body))).text, body);
});

test("json() alone, on an app without anything else of ours", async (t) => {
	fresh(t);
	const app = express5();
	app.use(onExpress.json({ maxKeys: 2, maxDepth: 2 }));
	app.post("/", (request, response) => void response.json(request.body));
	const server = await listen(t, app as never);
	assert.equal((await server.ask("/", post('{"a":{"b":1}}'))).text, '{"a":{"b":1}}');
	for (const body of ['{"a":1,"b":2,"c":3}', "[[[]]]", '{"__proto__":1}']) {
		const reply = await server.ask("/", post(body));
		assert.deepEqual([reply.status, reply.headers["content-type"]], [400, PROBLEM]);
	}
});

/** body-parser took a limit that it could not read for none at all (CVE-2026-12590). */
const NO_LIMITS: readonly unknown[] = [
	"abc",
	"1 megabyte",
	"12abc",
	"",
	"-1mb",
	"0",
	0,
	-1,
	1.5,
	Number.NaN,
	Number.POSITIVE_INFINITY,
	null,
	true,
	{},
];
for (const limit of NO_LIMITS) {
	test(`json() refuses the limit ${JSON.stringify(limit)} (${String(limit)}) when it is made`, () => {
		assert.throws(
			() => onExpress.json({ limit: limit as number }),
			(error) => error instanceof ProductionReadyError && /json\(\{ limit: "5mb" \}\)/.test(error.message),
		);
	});
}

test("json() refuses an option that does not exist, and names the one that was meant", () => {
	assert.throws(
		() => onExpress.json({ limt: 5 } as never),
		/json\.limt: is no option\n\s+-> did you mean limit\?/,
	);
	assert.throws(() => onExpress.json({ maxDepth: "5" } as never), /json\.maxDepth/);
	assert.throws(() => onExpress.json({ verify: "no function" } as never), TypeError);
});

forEachServer(({ start }) => {
	for (const [key, value] of [
		["maxBodyBytes", "1mb"],
		["maxBodyBytes", Number.NaN],
		["maxBodyBytes", -1],
		["maxBodyBytes", 0],
		["maxBodyBytes", Number.POSITIVE_INFINITY],
		["maxBodyBytes", null],
		["maxDepth", 0],
		["maxKeys", "1000"],
		["maxParameters", false],
		["maxUrlBytes", 1.5],
	] as const) {
		test(`limits.${key}: ${JSON.stringify(value)} (${value}) stops the boot and says what to type`, async (t) => {
			const options = { limits: { [key]: value } } as Options;
			await assert.rejects(start(t, { options }), (error) => {
				assert.ok(error instanceof ProductionReadyError);
				assert.match(
					error.message,
					new RegExp(`limits\\.${key}: is .*takes a whole number from 1[^]*limits: \\{ ${key}: \\d+ \\}`),
				);
				return true;
			});
		});
	}
});
