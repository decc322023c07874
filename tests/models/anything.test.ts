/** Whatever comes in, a program or a client is answered and nothing breaks: properties over arbitrary values. */
import assert from "node:assert/strict";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { describe, test } from "node:test";
import fc from "fast-check";
import { shown } from "../../packages/core/src/checks.ts";
import { explainConfig } from "../../packages/core/src/config/explain.ts";
import { type Options, ROOMS } from "../../packages/core/src/config/options.ts";
import { resolveOptions } from "../../packages/core/src/config/resolve.ts";
import { chooseRequestId, WELL_FORMED_ID } from "../../packages/core/src/context/request-id.ts";
import { continueTrace, formatTraceparent } from "../../packages/core/src/context/trace.ts";
import { ProductionReadyError } from "../../packages/core/src/errors.ts";
import { deepFreeze } from "../../packages/core/src/freeze.ts";
import { nearestName } from "../../packages/core/src/nearest.ts";
import { problem, statusOf } from "../../packages/core/src/problem.ts";

const anything = fc.anything({
	withNullPrototype: true,
	withDate: true,
	withMap: true,
	withBigInt: true,
	withSparseArray: true,
});

/** Options with the right keys and any values, now and then the wrong keys too. */
const options = fc.record(
	Object.fromEntries([
		["preset", fc.oneof(fc.constantFrom("api", "web", "internal"), anything)],
		[
			"platform",
			fc.oneof(
				fc.constantFrom("auto", "kubernetes"),
				fc.array(fc.constantFrom("kubernetes", "aws-alb", "pm2")),
				anything,
			),
		],
		["nonsense", fc.option(anything, { nil: undefined })],
		...ROOMS.map(({ key, CHECKS }) => [
			key,
			fc.oneof(
				fc.constant(false),
				anything,
				fc.record(
					Object.fromEntries(
						Object.keys(CHECKS).map((name) => [name, fc.oneof(anything, fc.nat(), fc.constant(undefined))]),
					),
					{ requiredKeys: [] },
				),
			),
		]),
	]),
	{ requiredKeys: [] },
);

const NAMES = [
	"NODE_ENV",
	"LOG_LEVEL",
	"TRUST_PROXY",
	"SHUTDOWN_GRACE_SECONDS",
	"PORT",
	"REDIS_URL",
	"SESSION_SECRET",
	"EXTERNAL_URL",
	"KUBERNETES_SERVICE_HOST",
];
const environment = fc.dictionary(
	fc.oneof(fc.constantFrom(...NAMES), fc.string()),
	fc.oneof(fc.string(), fc.constantFrom("production", "test", "1", "none", "30", "0", "10.0.0.0/8", "debug")),
);

describe("options and environments", () => {
	test("are resolved and can be explained, or are one report of faults", () => {
		fc.assert(
			fc.property(options, environment, (given, variables) => {
				const before = fc.stringify(given);
				try {
					const config = resolveOptions(given as Options, variables);
					assert.ok(Object.isFrozen(config));
					assert.ok(explainConfig(config).length > 0);
				} catch (error) {
					if (!(error instanceof ProductionReadyError)) throw error;
					assert.ok(error.faults.length > 0);
					for (const fault of error.faults) {
						assert.ok(fault.at !== "" && fault.problem !== "" && fault.hint !== "");
						assert.ok(error.message.includes(fault.problem));
					}
				}
				assert.equal(fc.stringify(given), before);
				assert.equal(Object.keys(Object.prototype).length, 0);
			}),
			{ numRuns: 3_000 },
		);
	});

	test("of any kind are a report and no crash", () => {
		fc.assert(
			fc.property(anything, (given) => {
				try {
					resolveOptions(given as Options, { NODE_ENV: "production" });
				} catch (error) {
					assert.ok(error instanceof ProductionReadyError, String(error));
				}
			}),
			{ numRuns: 3_000 },
		);
	});
});

describe("what is thrown at a framework", () => {
	test("becomes a problem whose headers can be sent", () => {
		const thrown = fc.oneof(
			anything,
			fc.record(
				{
					message: anything,
					statusCode: anything,
					expose: anything,
					headers: fc.dictionary(fc.string(), anything),
				},
				{ requiredKeys: [] },
			),
		);
		fc.assert(
			fc.property(thrown, fc.integer({ min: 400, max: 599 }), (error, status) => {
				const { body, headers } = problem(error, statusOf(error) ?? status, "abc");
				assert.equal(typeof JSON.parse(body).title, "string");
				for (const [name, value] of headers) {
					validateHeaderName(name);
					validateHeaderValue(name, value);
				}
			}),
			{ numRuns: 5_000 },
		);
	});
});

describe("what a client sends", () => {
	test("never gives an id that breaks a line or a header", () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.array(fc.string())), (value) => {
				const id = chooseRequestId({ "x-request-id": value as string }, "x-request-id", WELL_FORMED_ID);
				assert.match(id, /^[A-Za-z0-9._:-]{1,128}$/);
				assert.doesNotMatch(id, /[\r\n]/);
			}),
			{ numRuns: 5_000 },
		);
	});

	test("never gives a trace that is malformed", () => {
		const hex = (length: number) =>
			fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
		const wellFormed = fc.tuple(hex(2), hex(32), hex(16), hex(2)).map((parts) => parts.join("-"));
		fc.assert(
			fc.property(fc.oneof(fc.string(), wellFormed), (traceparent) => {
				const header = formatTraceparent(continueTrace(traceparent));
				assert.match(header, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/);
			}),
			{ numRuns: 5_000 },
		);
	});
});

describe("the ground", () => {
	test("shows any value in one short line", () => {
		fc.assert(
			fc.property(anything, (value) => {
				const line = shown(value);
				assert.ok(line.length <= 90 && !line.includes("\n"), line);
			}),
			{ numRuns: 5_000 },
		);
	});

	test("freezes any value", () => {
		fc.assert(fc.property(anything, (value) => assert.equal(deepFreeze(value), value)));
	});

	test("finds every key by any one slip of a long one", () => {
		const keys = ROOMS.map(({ key }) => key).filter((key) => key.length > 4);
		const slip = fc
			.tuple(fc.constantFrom(...keys), fc.nat(), fc.constantFrom("drop", "double", "swap"))
			.map(([key, place, kind]) => {
				const at = place % (key.length - 1);
				const [before, here, next, after] = [key.slice(0, at), key[at]!, key[at + 1]!, key.slice(at + 2)];
				return {
					key,
					typed: before + { drop: next, double: here + here + next, swap: next + here }[kind] + after,
				};
			});
		fc.assert(fc.property(slip, ({ key, typed }) => assert.equal(nearestName(typed, keys), key)));
	});
});
