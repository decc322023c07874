/** Wherever a secret stands in what is logged, it does not come out: properties over placements, down to the bytes. */
import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { pino } from "pino";
import { pinoHttp } from "pino-http";
import { createLogger, type Logger } from "../../packages/core/src/log/logger.ts";
import { createRefusals } from "../../packages/core/src/logging/refusals.ts";

const CANARY = "kanarienvogel";

/** A secret as a part of a text that may be the value of anything. */
const secret = fc.constantFrom(CANARY, `${CANARY}.${CANARY}`, `x-${CANARY}_1`);
const mixedCase = (name: string) =>
	fc
		.array(fc.boolean(), { minLength: name.length, maxLength: name.length })
		.map((upper) =>
			Array.from(name, (letter, index) => (upper[index] ? letter.toUpperCase() : letter)).join(""),
		);
const named = (...names: readonly string[]) => fc.constantFrom(...names).chain(mixedCase);

const header = named(
	"authorization",
	"proxy-authorization",
	"cookie",
	"set-cookie",
	"x-api-key",
	"x-auth-token",
	"x-csrf-token",
);
const headerValue = secret.chain((text) =>
	fc.constantFrom(text, `Bearer ${text}`, `Basic ${text}`, `a=1; sid=${text}; Path=/`),
);
const field = named("password", "api_key", "apiKey", "access_token", "clientSecret", "refresh-token", "pwd");
const parameter = named("token", "access_token", "code", "id_token", "api_key", "sig", "password");

class Client {
	readonly config: object;
	constructor(config: object) {
		this.config = config;
	}
}

class Account {
	readonly #text: string;
	constructor(text: string) {
		this.#text = text;
	}
	toJSON(): object {
		return { user: "u", password: this.#text };
	}
}

/** An error as axios throws it. */
function clientError(headers: object, url: string, body: string): Error {
	return Object.assign(new Error(`Request failed at ${url}`), {
		config: { headers, url, data: body, auth: { username: "u", password: CANARY } },
		request: { _header: "GET /", res: { responseUrl: url } },
		response: { headers: { "set-cookie": [`sid=${CANARY}`] }, status: 401 },
	});
}

const headers = fc.tuple(header, headerValue).map(([name, value]) => ({ host: "h", [name]: value }));
const body = fc.tuple(field, secret).map(([name, text]) => ({ user: "u", [name]: text }));
const target = fc.tuple(parameter, secret).map(([name, text]) => `/path?a=1&${name}=${text}&b=2`);
const address = fc
	.tuple(fc.constantFrom("https", "redis", "postgres"), secret, target)
	.map(([protocol, text, path]) => `${protocol}://user:${text}@host${path}`);

/** The places of a secret, and next to nothing else. */
const placement: fc.Arbitrary<unknown> = fc.oneof(
	headers.map((value) => ({ headers: value })),
	headers.map((value) => ({ rawHeaders: Object.entries(value).flat() })),
	headers.map((value) => Object.entries(value)),
	headers.map((value) => new Map(Object.entries(value))),
	headers.map((value) => new Headers(value)),
	headers.map((value) => Object.entries(value).map(([name, text]) => ({ name, value: text }))),
	headers.map((value) => ({ config: { headers: value } })),
	headers.map((value) => new Client({ headers: value })),
	body,
	body.map((value) => ({ body: value })),
	body.map((value) => JSON.stringify(value)),
	body.map((value) => JSON.stringify({ payload: JSON.stringify(value) })),
	body.map((value) => new Set([value])),
	body.map((value) => Object.assign(Object.create(null), value)),
	body.map((value) => Object.defineProperty({}, "read", { enumerable: true, get: () => value })),
	secret.map((text) => new Account(text)),
	secret.map((text) => ({ toJSON: () => ({ token: text }) })),
	target,
	target.map((url) => ({ req: { url } })),
	target.map((url) => encodeURIComponent(`https://host${url}`)).map((next) => `/login?next=${next}`),
	address,
	address.map((url) => new URL(url)),
	fc.tuple(parameter, secret).map(([name, text]) => new URLSearchParams({ [name]: text })),
	fc.tuple(headers, address, body).map((parts) => clientError(parts[0], parts[1], JSON.stringify(parts[2]))),
	address.map((url) => Object.assign(new Error(`connect ${url}`), { code: "ECONNREFUSED" })),
);

const wrapping: fc.Arbitrary<(value: unknown) => unknown> = fc.constantFrom(
	(value: unknown) => ({ inner: value, other: 1 }),
	(value: unknown) => ["first", value],
	(value: unknown) => new Map([["inner", value]]),
	(value: unknown) => new Set([value]),
	(value: unknown) => ({ toJSON: () => ({ value }) }),
	(value: unknown) => new Client({ value }),
	(value: unknown) => Object.assign(new Error("outer"), { details: value }),
	(value: unknown) => new Error("outer", { cause: value }),
	(value: unknown) => new AggregateError([new Error("first"), value], "many"),
);

const nested = fc
	.tuple(placement, fc.array(wrapping, { maxLength: 7 }))
	.map(([value, wraps]) => wraps.reduce((inner, wrap) => wrap(inner), value));

/** By what a program logs a value. */
const way: fc.Arbitrary<(log: Logger, value: unknown) => void> = fc.constantFrom(
	(log: Logger, value: unknown) => log.info({ before: 1, value, after: 2 }, "said"),
	(log: Logger, value: unknown) => log.error({ err: value }, "failed"),
	(log: Logger, value: unknown) => log.error(value as object),
	(log: Logger, value: unknown) => log.child({ value }).info("said"),
	(log: Logger, value: unknown) => log.child({ value }).child({ again: value }).warn({ value }, "said"),
	(log: Logger, value: unknown) => log.info(`said ${text(value)}`),
	(log: Logger, value: unknown) => log.info({}, "said %s", text(value)),
	(log: Logger, value: unknown) => log.info("said %j", value as never),
	(log: Logger, value: unknown) => log.info("said %o", value as never),
);

/** Of what is no text, what a template would make of it. */
function text(value: unknown): string {
	return typeof value === "string" ? value : value instanceof Error ? value.message : JSON.stringify(value);
}

function logging(write: (log: Logger) => void): string {
	const lines: string[] = [];
	const log = createLogger({ level: "trace", format: "json", write: (line) => lines.push(line) });
	write(log);
	assert.ok(lines.length > 0);
	for (const line of lines) {
		JSON.parse(line);
		assert.equal(line.indexOf("\n"), line.length - 1);
		assert.ok(Buffer.byteLength(line) <= 16 * 1024);
	}
	return lines.join("");
}

describe("L164 a secret in what is logged", () => {
	test("comes out of none of 2,000 placements, in the bytes of the line", () => {
		fc.assert(
			fc.property(nested, way, (value, write) => {
				const written = logging((log) => write(log, value));
				assert.ok(!written.includes(CANARY), written);
			}),
			{ numRuns: 2_000 },
		);
	});

	test("comes out of pino and pino-http as they are, so that the test above can fail", () => {
		let leaks = 0;
		fc.assert(
			fc.property(nested, way, (value, write) => {
				const lines: string[] = [];
				try {
					write(pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }), value);
				} catch {}
				if (lines.join("").includes(CANARY)) leaks++;
			}),
			{ numRuns: 500 },
		);
		assert.ok(leaks > 100, String(leaks));
		const lines: string[] = [];
		const request = new IncomingMessage(new Socket());
		request.headers = { authorization: `Bearer ${CANARY}` };
		const http = pinoHttp({ logger: pino({}, { write: (line: string) => void lines.push(line) }) });
		http.logger.info({ req: request });
		http.logger.info({ req: { headers: request.headers } });
		assert.ok(lines.join("").includes(CANARY));
	});
});

describe("L167 of refused requests", () => {
	test("lines and counts together are all there were, whatever comes when", () => {
		const refusal = fc.record({
			status: fc.integer({ min: 400, max: 431 }),
			ip: fc.ipV4(),
			afterMs: fc.integer({ min: 0, max: 3_000 }),
		});
		fc.assert(
			fc.property(fc.array(refusal, { maxLength: 200 }), fc.nat(10), (sequence, maxRefusalsPerWindow) => {
				let [nowMs, written, counted] = [0, 0, 0];
				const log = { warn: ({ refused }: { refused: number }) => (counted += refused) };
				const refusals = createRefusals(
					() => ({ maxRefusalsPerWindow, refusalWindowMs: 10_000 }),
					() => log as unknown as Logger,
					() => nowMs,
				);
				for (const { status, ip, afterMs } of sequence) {
					nowMs += afterMs;
					if (refusals.admit(status, ip)) written++;
				}
				refusals.close();
				assert.equal(written + counted, sequence.length);
			}),
		);
	});
});
