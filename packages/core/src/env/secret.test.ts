import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { pino } from "pino";
import { conceal, isSecret } from "./secret.ts";

const TEXT = "hunter2hunter2";

test("E148 a secret is printed as [secret] by everything that prints", () => {
	const secret = conceal(TEXT);
	assert.equal(`${secret}`, "[secret]");
	assert.equal(String(secret), "[secret]");
	assert.equal(JSON.stringify({ secret }), '{"secret":"[secret]"}');
	assert.equal(inspect({ secret }), "{ secret: [secret] }");
	for (const directive of ["%s", "%o", "%O", "%j"]) assert.doesNotMatch(format(directive, secret), /hunter2/);
	for (const options of [
		{ customInspect: false },
		{ showHidden: true },
		{ customInspect: false, showHidden: true },
	]) {
		assert.doesNotMatch(inspect(secret, options), /hunter2/);
	}
	assert.throws(() => serialize(secret));
	assert.throws(() => structuredClone(secret));
});

test("E148 pino prints [secret] too", () => {
	const lines: string[] = [];
	const log = pino({}, { write: (line) => lines.push(line) });
	const secret = conceal(TEXT);
	log.info({ secret }, "as a field");
	log.info({ deep: { secret } }, "deeper");
	log.info(secret, "as the object");
	log.info("in the text %s %o", secret, secret);
	log.child({ secret }).info("bound");
	assert.doesNotMatch(lines.join(""), /hunter2/);
	assert.match(lines[0]!, /"secret":"\[secret\]"/);
});

test("only reveal gives the text, and nobody can change the secret", () => {
	const secret = conceal(TEXT);
	assert.equal(secret.reveal(), TEXT);
	assert.ok(Object.isFrozen(secret));
	assert.ok(isSecret(secret));
	assert.ok(!isSecret({ ...secret }));
});
