import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBoolean } from "./boolean.ts";
import { parseJson } from "./json.ts";
import { parseCidrList, parseList } from "./list.ts";
import { parseInteger, parseNumber, parsePort } from "./number.ts";
import type { Parser } from "./parsed.ts";
import { byteSizeText, durationText, parseByteSize, parseDuration } from "./quantity.ts";
import { tidy, variableText } from "./text.ts";
import { parseTrustProxy } from "./trust-proxy.ts";
import { maskUrl, parseUrl } from "./url.ts";

const MISSING = Symbol("missing");
const REFUSED = Symbol("refused");

/** What a variable with this raw text comes to. */
function read(parse: Parser<unknown>, raw: string): unknown {
	const text = variableText(raw);
	if (text === undefined) return MISSING;
	const parsed = tidy(text) ?? parse(text);
	return "value" in parsed ? parsed.value : REFUSED;
}

const redis = parseUrl({ protocols: ["redis", "rediss:"] });

const table: [string, Parser<unknown>, [raw: string, expected: unknown][]][] = [
	[
		"a port",
		parsePort,
		[
			["3000", 3000],
			["0", 0],
			["65535", 65_535],
			["65536", REFUSED],
			["-1", REFUSED],
			["0x10", REFUSED],
			["1e3", REFUSED],
			["080", REFUSED],
			["3000.5", REFUSED],
			["http", REFUSED],
			["٣٠٠٠", REFUSED],
		],
	],
	[
		"an integer",
		parseInteger({ min: -5 }),
		[
			["-5", -5],
			["-6", REFUSED],
			["-0", 0],
			["NaN", REFUSED],
			["Infinity", REFUSED],
			["1e400", REFUSED],
			["0x10", REFUSED],
			["9007199254740993", REFUSED],
			["1_000", REFUSED],
		],
	],
	[
		"a number",
		parseNumber(),
		[
			["2.5", 2.5],
			["-0.5", -0.5],
			[".5", REFUSED],
			["1,5", REFUSED],
			["1".repeat(400), REFUSED],
			["NaN", REFUSED],
		],
	],
	[
		"a boolean",
		parseBoolean,
		[
			["true", true],
			["1", true],
			["yes", true],
			["on", true],
			["TRUE", true],
			["false", false],
			["0", false],
			["no", false],
			["Off", false],
			["y", REFUSED],
			["2", REFUSED],
			["constructor", REFUSED],
		],
	],
	[
		"a duration",
		parseDuration,
		[
			["500ms", 500],
			["30s", 30_000],
			["5m", 300_000],
			["1h", 3_600_000],
			["1d", 86_400_000],
			["30", REFUSED],
			["30 s", REFUSED],
			["1M", REFUSED],
			["-1s", REFUSED],
			["1.5h", REFUSED],
			["1constructor", REFUSED],
			["99999999999999999d", REFUSED],
		],
	],
	[
		"a size",
		parseByteSize,
		[
			["1mb", 1_048_576],
			["512kb", 524_288],
			["1GB", 1_073_741_824],
			["10b", 10],
			["1024", 1024],
			["1tb", REFUSED],
			["1 mb", REFUSED],
			["-1", REFUSED],
			["1e3", REFUSED],
		],
	],
	[
		"a URL",
		redis,
		[
			["redis://h", "redis://h"],
			["rediss://u:p@h:6379/0", "rediss://u:p@h:6379/0"],
			["http://h", REFUSED],
			["localhost:6379", REFUSED],
			["redis:h", REFUSED],
			["redis://", REFUSED],
			["redis:///0", REFUSED],
			["redis://h:99999", REFUSED],
			["redis://h x", REFUSED],
		],
	],
	[
		"a comma list",
		parseList,
		[
			["a", ["a"]],
			["a, b,c", ["a", "b", "c"]],
			["a,,b", REFUSED],
			["a,", REFUSED],
			[",", REFUSED],
		],
	],
	[
		"a list of networks",
		parseCidrList,
		[
			["10.0.0.0/8, ::1", ["10.0.0.0/8", "::1"]],
			["fd00::/8", ["fd00::/8"]],
			["10.0.0.0/33", REFUSED],
			["10.0.0.0/", REFUSED],
			["10.0.0.0/08", REFUSED],
			["10.0.0.0/8/8", REFUSED],
			["010.0.0.1", REFUSED],
			["fe80::1%eth0", REFUSED],
			["example.com", REFUSED],
		],
	],
	[
		"JSON",
		parseJson,
		[
			['{"a":1}', { a: 1 }],
			["{a:1}", REFUSED],
		],
	],
	[
		"trust in proxies",
		parseTrustProxy,
		[
			["1", { hops: 1 }],
			["0", false],
			["none", false],
			["10.0.0.0/8,::1", { trust: ["10.0.0.0/8", "::1"] }],
			["true", REFUSED],
			["33", REFUSED],
			["0.0.0.0/0", REFUSED],
			["10.0.0.1,::/0", REFUSED],
			["-1", REFUSED],
			["loopback", { trust: ["loopback"] }],
			["everybody", REFUSED],
		],
	],
];

for (const [what, parse, rows] of table) {
	test(`E146 ${what} is read as written, or refused`, () => {
		for (const [raw, expected] of rows) assert.deepEqual(read(parse, raw), expected, JSON.stringify(raw));
	});

	test(`E146 ${what} that is empty is missing, its line break is trimmed, its quotes are a fault`, () => {
		const [raw, expected] = rows[0]!;
		for (const empty of ["", " ", "\t\n", "\r\n"]) assert.equal(read(parse, empty), MISSING);
		assert.deepEqual(read(parse, `${raw}\n`), expected);
		assert.deepEqual(read(parse, `${raw}\r\n`), expected);
		for (const padded of [`${raw} `, ` ${raw}`, `${raw}\n\n`, `'${raw}'`, `"${raw}"`, '""']) {
			assert.equal(read(parse, padded), REFUSED, JSON.stringify(padded));
		}
	});
}

test("trusting everybody has a code of its own and says what to type", () => {
	for (const text of ["true", "TRUE", "*", "1000", "0.0.0.0/0"]) {
		const parsed = parseTrustProxy(text);
		assert.ok(!("value" in parsed));
		assert.equal(parsed.code, "PROXY_TRUSTS_ALL");
		assert.match(parsed.hint, /\(1\)/);
	}
});

test("a port that cannot be is said to be one, and other texts are not", () => {
	const parse = parseUrl({ protocols: ["redis"] });
	const problem = (text: string): string => {
		const parsed = parse(text);
		return "value" in parsed ? "none" : parsed.problem;
	};
	for (const url of ["redis://h:99999", "redis://u:p@h:65536/0", "redis://[::1]:123456?x=1"]) {
		assert.match(problem(url), /port above 65535/, url);
	}
	for (const url of ["redis://h:65535", "redis://u:99999@h", "redis://h/99999", "redis://h/?at=:99999"]) {
		assert.equal(problem(url), "none", url);
	}
	assert.match(problem("redis://h:port"), /not a URL/);
});

test("durations and sizes are written as they are read", () => {
	for (const ms of [0, 1, 1500, 30_000, 86_400_000]) assert.equal(read(parseDuration, durationText(ms)), ms);
	for (const bytes of [0, 1, 1500, 1024 ** 2]) assert.equal(read(parseByteSize, byteSizeText(bytes)), bytes);
	assert.equal(durationText(90_000), "90s");
});

test("E155 credentials of a URL are masked, however oddly they are written", () => {
	const urls = [
		"redis://u:hunter2@h:6379/0",
		"redis://:hunter2@h",
		"redis://u:12#hunter2@h",
		"redis://u:a/hunter2@h",
		"redis://u:a@hunter2@h",
		"postgres://h/db?sslmode=require&password=hunter2",
		"first http://a:hunter2@h second http://b:hunter2@h",
	];
	for (const url of urls) assert.doesNotMatch(maskUrl(url), /hunter2/, url);
	assert.equal(maskUrl("redis://u:hunter2@h:6379/0"), "redis://[secret]@h:6379/0");
	assert.equal(maskUrl("https://example.com/a?b=c"), "https://example.com/a?b=c");
});
