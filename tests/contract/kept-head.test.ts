/**
 * A head that is kept here until it leaves is held against Node's own: random programs are run on a response of each kind,
 * over a socket each, and both have to say the same to the program and to the client.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { keepHead, setMissing } from "../../packages/core/src/head/keep-head.ts";

type Step = readonly [method: string, ...args: unknown[]];

const name = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.constantFrom("x-one", "X-One", "X-ONE", "x-two", "vary", "Vary", "Set-Cookie", "ETag"),
	},
	{
		weight: 3,
		arbitrary: fc.constantFrom(
			...[
				"Content-Length",
				"content-length",
				"Transfer-Encoding",
				"Connection",
				"connection",
				"Date",
				"Trailer",
			],
			...["Keep-Alive", "Content-Type", "Content-Disposition", "Cookie", "Expect", "Link"],
		),
	},
	{
		weight: 1,
		arbitrary: fc.constantFrom<unknown>(
			"12",
			"0a",
			"__proto__",
			"k",
			"\u212a",
			"",
			"a b",
			"é",
			5,
			undefined,
			null,
		),
	},
);
const plain = fc.constantFrom<unknown>(
	"a",
	"b",
	"close",
	"keep-alive",
	"chunked",
	"4",
	"",
	"é",
	4,
	["a", "b"],
	["c"],
	[],
);
const odd = fc.constantFrom<unknown>(
	undefined,
	null,
	true,
	"a\nb",
	"漢",
	[1, "a"],
	["a", undefined],
	["a\r\nb"],
	{},
	Number.NaN,
);
const value = fc.oneof({ weight: 8, arbitrary: plain }, { weight: 1, arbitrary: odd });
const headers = fc.oneof(
	fc.array(fc.tuple(name, value), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
	fc.array(fc.tuple(name, value), { maxLength: 3 }).map((pairs) => pairs.flat()),
	fc.array(fc.tuple(name, value), { maxLength: 3 }),
	fc.constantFrom<unknown>(undefined, null, "text", ["odd"], 5),
);
const status = fc.constantFrom<unknown>(200, 201, 204, 304, 404, 500, "200", 99, 1000, undefined, 299);

const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 8, arbitrary: fc.tuple(fc.constantFrom("setHeader", "appendHeader"), name, value) },
	{ weight: 6, arbitrary: fc.tuple(fc.constantFrom("getHeader", "hasHeader", "removeHeader"), name) },
	{
		weight: 3,
		arbitrary: fc.constantFrom<Step>(
			["getHeaders"],
			["getHeaderNames"],
			["getRawHeaderNames"],
			["headersSent"],
		),
	},
	// Onto the list that is there: what a program is given is no copy.
	fc.tuple(fc.constant("push"), name, fc.constantFrom("a", "c=3")),
	fc.tuple(
		fc.constant("setHeaders"),
		fc.oneof(
			fc.array(fc.tuple(name, value), { maxLength: 3 }).map((pairs) => new Map(pairs)),
			fc.constantFrom(
				new Headers([
					["x-one", "h"],
					["set-cookie", "a=1"],
					["set-cookie", "b=2"],
				]),
				{},
				undefined,
			),
		),
	),
	fc.tuple(fc.constantFrom("writeHead", "writeHeader"), status, headers),
	fc.tuple(fc.constant("writeHead"), status, fc.constantFrom("fine", "", "b\nd", undefined), headers),
	fc.constantFrom<Step>(
		["statusCode", 404],
		["statusCode", 204],
		["statusMessage", "mine"],
		["statusMessage", "b\nd"],
	),
	fc.constantFrom<Step>(["sendDate", false], ["strictContentLength", true], ["shouldKeepAlive", false]),
	fc.constantFrom<Step>(
		["flushHeaders"],
		["write", "body"],
		["write", ""],
		["end"],
		["end", "four"],
		["writeContinue"],
	),
	fc.constantFrom<Step>(
		["writeEarlyHints", { link: "</a>; rel=preload" }],
		["addTrailers", { "x-last": "1" }],
	),
);

/** What a program is told, step by step. */
function run(response: ServerResponse, steps: readonly Step[]): unknown[] {
	return steps.map(([method, ...args]) => {
		try {
			const result = perform(response, method, args.map(fresh));
			return result === response ? "itself" : describeResult(result);
		} catch (error) {
			const { name, code, message } = error as Error & { code?: string };
			return { thrown: name, code, message };
		}
	});
}

/** Lists are changed by who appends to them, and each response shall have its own. */
function fresh(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(fresh);
	if (value instanceof Map) return new Map([...value].map(fresh) as [unknown, unknown][]);
	const isPlain = typeof value === "object" && value !== null && !(value instanceof Headers);
	return isPlain ? Object.fromEntries(Object.entries(value).map(fresh) as [string, unknown][]) : value;
}

function perform(response: ServerResponse, method: string, args: unknown[]): unknown {
	if (method === "push") {
		const list = response.getHeader(args[0] as string);
		return Array.isArray(list) && list.push(args[1] as string);
	}
	const found = (response as never)[method] as unknown;
	if (typeof found === "function") return found.apply(response, args);
	if (args.length > 0) Object.assign(response, { [method]: args[0] });
	return found;
}

function describeResult(result: unknown): unknown {
	if (typeof result !== "object" || result === null || Array.isArray(result)) return result;
	return { prototype: Object.getPrototypeOf(result), entries: Object.entries(result) };
}

/** As the headers room sets them: what a program does with them it does as ever. */
const RECORDED = ["X-One", "recorded", "Vary", "Origin", "X-Frame-Options", "DENY"];

let steps: readonly Step[] = [];
let told: unknown[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
	if (request.url === "/last") {
		response.end();
		return;
	}
	if (request.url === "/kept") keepHead(response);
	setMissing(response, RECORDED);
	const said: unknown[] = [];
	told = said;
	response.on("error", ({ message }) => said.push(message));
	said.push(...run(response, steps));
	try {
		response.end();
	} catch (error) {
		said.push(String(error));
	}
	said.push(...run(response, [["getHeaders"], ["getRawHeaderNames"], ["headersSent"], ["statusMessage"]]));
	// What cannot be ended would wait for ever.
	if (!response.writableFinished) setImmediate(() => response.writableFinished || request.socket.destroy());
}

async function ask(port: number, line: string): Promise<{ told: unknown[]; bytes: string }> {
	const socket = connect(port, "127.0.0.1");
	socket.setEncoding("latin1");
	socket.write(
		`${line}\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
	);
	const bytes = await text(socket).catch(String);
	return { told, bytes: bytes.replaceAll(/(?<=\r\nDate: )\w{3}, [^\r]+/g, "now") };
}

describe("a head that is kept until it leaves", async () => {
	const server = createServer(answer).listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	after(() => server.close());

	test("is told, refused and sent as Node's own", async () => {
		const lines = fc.constantFrom("GET # HTTP/1.1", "HEAD # HTTP/1.1", "GET # HTTP/1.0");
		await fc.assert(
			fc.asyncProperty(lines, fc.array(step, { maxLength: 12 }), async (line, program) => {
				steps = program;
				const nodes = await ask(port, line.replace("#", "/node"));
				const kept = await ask(port, line.replace("#", "/kept"));
				assert.deepEqual(kept, nodes);
			}),
			{ numRuns: Number(process.env.RUNS ?? 1_000), endOnFailure: false },
		);
	});
});
