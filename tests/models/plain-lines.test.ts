/** What is written without asking pino reads as pino would have written it, byte for byte: properties over lines and texts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createLogger } from "../../packages/core/src/log/logger.ts";
import { ownLinesOf } from "../../packages/core/src/log/own-lines.ts";
import { isPlainAddress, isPlainBindings } from "../../packages/core/src/log/plain-text.ts";
import { redact, redactText } from "../../packages/core/src/log/redaction.ts";
import {
	ABORTED,
	COMPLETED,
	type CompletionLine,
	plainLine,
} from "../../packages/core/src/logging/plain-line.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc";
const piece = fc.oneof(
	fc.constantFrom("/users", "/", "42", ":id", "=", "?", "&", "%3A", "token", "pin", ";", "Bearer ", "basic "),
	fc.constantFrom(
		JWT,
		"AKIAABCDEFGHIJKLMNOP",
		"ghp_",
		"://u:p@h",
		'"',
		"\\",
		"\n",
		"\u2028",
		"\u009b",
		"\u007f",
	),
	fc.constantFrom(
		"\ud800",
		"\udc00",
		"\u{1f600}",
		"\u{e0041}",
		"é",
		"€",
		"x".repeat(600),
		"=a&b".repeat(300),
	),
	fc.string({ unit: "binary", maxLength: 8 }),
	fc.string({ unit: "binary-ascii", maxLength: 20 }),
	fc.stringMatching(/^[\w./-]{0,20}$/),
);
const text = fc.oneof(
	{ arbitrary: fc.stringMatching(/^[\w./-]{1,20}$/), weight: 4 },
	{ arbitrary: fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("")), weight: 1 },
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const rarely = <Value>(value: fc.Arbitrary<Value>) =>
	fc.oneof({ arbitrary: fc.constant(undefined), weight: 40 }, { arbitrary: value, weight: 1 });
const strange = fc.anything() as fc.Arbitrary<never>;
/** Now and then what its type forbids: programs write what they like on requests and responses. */
const mostly = <Value>(value: fc.Arbitrary<Value>) =>
	fc.oneof({ arbitrary: value, weight: 80 }, { arbitrary: strange, weight: 1 });

const line: fc.Arbitrary<CompletionLine> = fc.record({
	requestId: mostly(maybe(fc.oneof(fc.uuid(), text))),
	traceId: rarely(fc.constant("4bf92f3577b34da6a3ce929d0e0e4736")),
	spanId: fc.constant(undefined),
	upstreamId: maybe(text),
	method: mostly(maybe(fc.oneof(fc.constantFrom("GET", "POST", "M-SEARCH"), text))),
	path: text,
	route: mostly(maybe(text)),
	status: mostly(fc.integer({ min: 100, max: 399 })),
	durationMs: fc.integer({ min: 0, max: 1e9 }).map((us) => us / 1_000),
	ip: mostly(maybe(fc.oneof(fc.ipV4(), fc.ipV6(), text))),
	bytes: maybe(fc.oneof(fc.nat(), fc.double())),
	isAborted: fc.constantFrom(undefined, true as const),
	reason: maybe(text),
	err: rarely(strange),
});

describe("a line that is written without asking pino", () => {
	test("is the line that pino would have written", (t) => {
		t.mock.method(Date, "now", () => 1_700_000_000_000);
		const lines: string[] = [];
		const log = createLogger({ level: "info", format: "json", write: (written) => lines.push(written) });
		const own = ownLinesOf(log)!;
		let plain = 0;
		fc.assert(
			fc.property(line, (line) => {
				const rest = plainLine(line);
				if (rest === undefined) return;
				plain++;
				lines.length = 0;
				assert.equal(own.collect(rest), true);
				log.info(line, line.isAborted ? ABORTED : COMPLETED);
				assert.equal(lines[0], lines[1]);
			}),
			{ numRuns: 20_000 },
		);
		assert.ok(plain > 2_000, `only ${plain} were written so`);
	});

	test("holds nothing that redaction would mask in an address", () => {
		const address = fc.stringMatching(/^[\da-fA-F.:]{0,60}$/);
		fc.assert(
			fc.property(address, (ip) => {
				assert.ok(isPlainAddress(ip));
				assert.equal(redactText(ip), ip);
			}),
			{ numRuns: 5_000 },
		);
	});

	test("goes for bindings too: those that are not looked at would come back as they are", () => {
		let plain = 0;
		const bindings = fc.dictionary(
			fc.oneof(fc.constantFrom("requestId", "value", "name", "token"), text),
			text,
		);
		fc.assert(
			fc.property(bindings, (bindings) => {
				if (!isPlainBindings(bindings)) return;
				plain++;
				assert.equal(redact(bindings), bindings);
			}),
			{ numRuns: 5_000 },
		);
		assert.ok(plain > 100, String(plain));
	});
});
