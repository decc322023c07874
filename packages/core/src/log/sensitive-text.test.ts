import assert from "node:assert/strict";
import { test } from "node:test";
import { redactText, redactUrl } from "./sensitive-text.ts";

const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\nxyz==\n-----END RSA PRIVATE KEY-----";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";

const MASKED: readonly (readonly [text: string, expected: string])[] = [
	["GET /x?token=abc&page=1", "GET /x?token=[redacted]&page=1"],
	["/cb#access_token=abc&x=1", "/cb#access_token=[redacted]&x=1"],
	["/cb?state=1&code=abc", "/cb?state=1&code=[redacted]"],
	["https://h/?X-Amz-Signature=ab&a=1", "https://h/?X-Amz-Signature=[redacted]&a=1"],
	["/x?%74oken=abc", "/x?%74oken=[redacted]"],
	["/x?user%5Bpassword%5D=abc", "/x?user%5Bpassword%5D=[redacted]"],
	["/x?next=https%3A%2F%2Fu%3Ap%40h%2F&a=1", "/x?next=[redacted]&a=1"],
	["/x?next=%2Fy%3Ftoken%3Dabc", "/x?next=[redacted]"],
	["/x?next=%252Fy%253Ftoken%253Dabc", "/x?next=[redacted]"],
	["redis://u:p@h:6379/0", "redis://[redacted]@h:6379/0"],
	["connect to redis://:p@h failed", "connect to redis://[redacted]@h failed"],
	["postgres://u:p@ss@h/db", "postgres://[redacted]@h/db"],
	["Invalid URL: redis://u:p/w@h", "Invalid URL: redis://[redacted]@h"],
	["https://abc@github.com/x", "https://[redacted]@github.com/x"],
	["sent Bearer xyz there", "sent Bearer [redacted] there"],
	["sent basic dXNlcjpwYXNz=", "sent basic [redacted]"],
	['Authorization: Digest username="u", response="abc"\nHost: h', "Authorization: [redacted]\nHost: h"],
	["Cookie: a=b; c=d\r\nHost: h", "Cookie: [redacted]\r\nHost: h"],
	["curl -H 'X-Api-Key: abc' http://h", "curl -H 'X-Api-Key: [redacted]' http://h"],
	['{"password":"a\\"b","n":1}', '{"password":"[redacted]","n":1}'],
	['{"otp":123456,"n":1}', '{"otp":[redacted],"n":1}'],
	['body "{\\"token\\":\\"abc\\",\\"n\\":1}"', 'body "{\\"token\\":\\"[redacted]\\",\\"n\\":1}"'],
	['{"tokens":["a","b"],"n":1}', '{"tokens":[redacted],"n":1}'],
	["{ password: 'abc', n: 1 }", "{ password: '[redacted]', n: 1 }"],
	["Map(1) { 'password' => 'abc' }", "Map(1) { 'password' => '[redacted]' }"],
	['said ["Host","h","Cookie","a=1"]', 'said ["Host","h","Cookie","[redacted]"]'],
	['[["x-auth-token","abc"],["n",1]]', '[["x-auth-token","[redacted]"],["n",1]]'],
	['[{"name":"Cookie","value":"a"}]', '[{"name":"Cookie","value":"[redacted]"}]'],
	["[ 'X-Api-Key', 'abc' ]", "[ 'X-Api-Key', '[redacted]' ]"],
	['"["Cookie","a"]"', '"["Cookie","[redacted]"]"'],
	["password=[a]bc", "password=[redacted]"],
	["password: hunter2 for bob", "password: [redacted] for bob"],
	["password = abc", "password = [redacted]"],
	['--password="two words" -x', '--password="[redacted]" -x'],
	["code=abc&client_secret=def", "code=[redacted]&client_secret=[redacted]"],
	["Server=x;Password=abc", "Server=x;Password=[redacted]"],
	[`jwt ${JWT} is old`, "jwt [redacted] is old"],
	[`key ${PEM} end`, "key [redacted] end"],
	[PEM.slice(0, 45), "[redacted]"],
	[JSON.stringify({ file: PEM }), '{"file":"[redacted]"}'],
	["AKIAIOSFODNN7EXAMPLE is it", "[redacted] is it"],
	[`ghp_${"a1".repeat(18)}`, "[redacted]"],
];

test("secrets in texts", () => {
	for (const [text, expected] of MASKED) assert.equal(redactText(text), expected);
});

test("masking a masked text changes nothing", () => {
	for (const [, expected] of MASKED) assert.equal(redactText(expected), expected);
});

test("texts that look like secrets and are none", () => {
	const texts = [
		"GET /users/123?page=2&sort=name",
		"http://h:8080/@scope/package",
		"https://registry.npmjs.org/@types/node?x=a@b",
		"mail bob@example.com",
		"Basic authentication required",
		"a Bearer token is missing",
		'Bearer realm="api", error="invalid_token"',
		"invalid csrf token",
		"TokenExpiredError: jwt expired",
		"password: must be at least 8 characters",
		"ValidationError: password: Path `password` is required.",
		"connect ECONNREFUSED 127.0.0.1:6379",
		"code=E11000 key=users:5",
		"tests: pass=3 fail=0",
		"auth: failed, session: closed",
		"max_tokens=512, tokens: 5",
		"    at read (/app/src/cookie.js:10:3)",
		"2026-11-03T12:00:00.000Z",
		"author=bob keyboard=de description=x",
		"a.b.c and eyJ alone",
		'redacts ["authorization","cookie"], "token","secret"',
		"[secret] password=[secret]",
		"token=null password=",
		"-----BEGIN CERTIFICATE-----",
	];
	for (const text of texts) assert.equal(redactText(text), text);
});

test("the target of a request: a parameter ends where the next begins, whatever stands in it", () => {
	assert.equal(redactUrl("/users/5"), "/users/5");
	assert.equal(redactUrl("/x?token=a'b\"c d,e;f&a=1"), "/x?token=[redacted]&a=1");
	assert.equal(redactUrl("/x;jsessionid=abc"), "/x;jsessionid=[redacted]");
	assert.equal(redactUrl(`/reset/${JWT}`), "/reset/[redacted]");
	assert.equal(redactUrl("http://u:p@h/x?q=1"), "http://[redacted]@h/x?q=1");
});

test("long texts are cut and say by how much", () => {
	assert.equal(redactText("x".repeat(8_192)), "x".repeat(8_192));
	assert.equal(redactText(redactText("x".repeat(10_000))), redactText("x".repeat(10_000)));
	assert.equal(redactText("x".repeat(8_193)), `${"x".repeat(8_160)}[+33 characters]`);
	assert.equal(redactText("x".repeat(300), 100), `${"x".repeat(68)}[+232 characters]`);
	assert.equal(redactText("x".repeat(10_000_000)), `${"x".repeat(8_160)}[+9991840 characters]`);
	assert.ok(Buffer.byteLength(JSON.stringify(redactText("\u0001".repeat(20_000)))) <= 8_194);
	assert.ok(Buffer.byteLength(JSON.stringify(redactText("\u20ac".repeat(20_000)))) <= 8_194);
	for (const start of ["", "x", "xy", "xyz", "xyz1", "xyz12", "xyz123"]) {
		const cut = redactText(`${start}${"\u{1f600}".repeat(20_000)}`);
		assert.equal(cut, cut.toWellFormed());
	}
});

test("a secret across the edge of a cut is not shown by half", () => {
	for (const secret of [
		`redis://u:${"canary".repeat(20)}@h`,
		`Bearer ${"canary".repeat(20)}`,
		`token=${"canary".repeat(300)}`,
	]) {
		for (let room = 0; room < 1_100; room += 7) {
			const text = `${"x".repeat(8_192 - room)} ${secret} ${"y".repeat(9_000)}`;
			assert.ok(!redactText(text).includes("can"), `${room} ${secret.slice(0, 8)}`);
		}
	}
});

test("hostile texts end", () => {
	const pieces = [
		"a",
		"=",
		":",
		'"',
		"\\",
		"'",
		"{",
		"[",
		"eyJ",
		"eyJ.",
		"a.",
		"://",
		"://a:",
		"://a@",
		"%3A",
		"%25",
		"%",
		"?token=",
		"-----BEGIN PRIVATE KEY-----",
		"-----BEGIN A",
		"Bearer ",
		"basic\t",
		"ghp_",
		"xoxb-",
		"password",
		"password=",
		'"password":"',
		"password: [",
		"\n",
		" ",
		"AKIA",
		"&code=",
		"\u0000",
		"=>",
		"[]",
		"cookie:",
	];
	let ended = 0;
	for (const piece of pieces) {
		for (const text of [
			piece.repeat(100_000 / piece.length),
			`${piece.repeat(5_000)}\u0000`,
			`=${piece.repeat(4_000)}`,
		]) {
			assert.equal(typeof redactText(text, 100_000), "string");
			assert.equal(typeof redactUrl(text), "string");
			ended++;
		}
	}
	assert.equal(ended, pieces.length * 3);
});
