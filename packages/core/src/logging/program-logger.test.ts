import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOptions } from "../config/check-options.ts";
import { createLogger } from "../log/logger.ts";
import { PROGRAM_LOGGER } from "./program-logger.ts";

const METHODS = { info() {}, error() {}, child() {} };
/** What of winston is no other logger's; a child of it has all by its prototype. */
const WINSTON = { ...METHODS, transports: [], pipe() {}, startTimer() {}, profile() {} };

test("a logger that takes the fields first is taken: a pino, a child of one, a bunyan", () => {
	const pino = createLogger({ level: "info", format: "json", write() {} });
	const bunyan = { ...METHODS, streams: [], serializers: {}, fields: {} };
	for (const logger of [pino, pino.child({}), bunyan, METHODS]) assert.ok(PROGRAM_LOGGER.accepts(logger));
});

test("a winston, a child of one and the module itself are refused, and what to do is said", () => {
	for (const logger of [WINSTON, Object.create(WINSTON), { ...WINSTON, transports: {} }]) {
		const [fault, ...rest] = checkOptions({ logging: { logger } });
		assert.deepEqual([fault?.code, fault?.at, rest], ["OPTION_INVALID", "logging.logger", []]);
		assert.match(fault!.problem, /take \(fields, message\), as pino's do and winston's do not$/);
		assert.equal(fault!.hint, "logging: { logger: pino() }");
	}
});
