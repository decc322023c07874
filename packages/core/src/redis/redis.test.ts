import assert from "node:assert/strict";
import { test } from "node:test";
import { conceal } from "../env/secret.ts";
import { REDIS } from "./redis.ts";

const SECRET = "s3cr3t";

test("a URL that would fail, or mean another database, stops the boot, without its password", () => {
	const wrong = {
		[`redis://:${SECRET}%@host`]: /%25/,
		[`redis://us%ZZer:${SECRET}@host`]: /%25/,
		[`redis://:${SECRET}@host/cache`]: /number/,
		[`redis://:${SECRET}@host:port`]: /redis:\/\//,
		[`redis://:${SECRET}@host:99999`]: /port/,
	};
	for (const [url, hint] of Object.entries(wrong)) {
		const faults = REDIS.coherence!({ ...REDIS.DEFAULTS, url });
		assert.equal(faults.length, 1, url);
		assert.match(`${faults[0]!.problem} ${faults[0]!.hint}`, hint);
		assert.doesNotMatch(JSON.stringify(faults), new RegExp(SECRET));
	}
});

test("a password beside that of the URL stops the boot where it is another one, and not behind sentinels", () => {
	const url = `redis://:${SECRET}%25@host`;
	const judged = (values: object) => REDIS.coherence!({ ...REDIS.DEFAULTS, url, ...values });
	for (const password of ["other", conceal("other")]) {
		const faults = judged({ password });
		assert.deepEqual(
			faults.map(({ at, code }) => [at, code]),
			[["redis.password", "OPTIONS_INCOHERENT"]],
		);
		assert.doesNotMatch(JSON.stringify(faults), /other|s3cr3t/);
		assert.deepEqual(judged({ password, topology: "sentinel" }), []);
	}
	assert.deepEqual(judged({ password: `${SECRET}%` }), []);
	assert.deepEqual(judged({ url: "redis://host", password: "other" }), []);
});

test("one that is right does not", () => {
	for (const url of ["redis://host", "redis://host/", "rediss://user:p%25@[::1]:6380/15"]) {
		assert.deepEqual(REDIS.coherence!({ ...REDIS.DEFAULTS, url }), []);
	}
});
