import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explainConfig } from "./explain.ts";
import { type Options, ROOMS } from "./options.ts";
import { resolveOptions } from "./resolve.ts";

const TOKEN = "0123456789abcdef-token";

function explained(
	options: Options = {},
	environment: Record<string, string> = {},
	notes: readonly string[] = [],
): string[] {
	return explainConfig(resolveOptions(options, { NODE_ENV: "production", ...environment }), notes).split(
		"\n",
	);
}

/** A row as path, origin and value. */
const SECRET = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";

function row(lines: readonly string[], path: string): readonly string[] | undefined {
	const line = lines.find((candidate) => candidate.startsWith(`${path} `));
	return line?.split(/ {2,}/);
}

describe("explain", () => {
	test("has a row for every key of every room, with an origin and a value", () => {
		const lines = explained({
			hosts: { allowed: ["example.com"] },
			https: {},
			cors: { origin: "*" },
			csrf: {},
			session: { secret: SECRET },
		});
		const missing = ROOMS.flatMap(({ key, CHECKS }) =>
			Object.keys(CHECKS)
				.map((name) => `${key}.${name}`)
				.filter((path) => {
					const [, origin, value] = row(lines, path) ?? [];
					return !/^(default|code|(env|platform|preset):\S+)$/.test(origin ?? "") || !value;
				}),
		);
		assert.deepEqual(missing, []);
	});

	test("begins with what decides all others", () => {
		const lines = explained({ preset: "web", platform: ["kubernetes", "aws-alb"], session: false });
		assert.deepEqual(
			lines.slice(0, 3).map((line) => line.split(/ {2,}/)),
			[
				["preset", "code", "web"],
				["platform", "code", "kubernetes, aws-alb"],
				["mode", "env:NODE_ENV", "production"],
			],
		);
	});

	test("tells of each step by name", () => {
		const lines = explained(
			{ preset: "web", logging: { level: "warn" }, session: false },
			{ KUBERNETES_SERVICE_HOST: "10.0.0.1", TRUST_PROXY: "1" },
		);
		assert.deepEqual(
			["rateLimit.limit", "shutdown.deadlineMs", "proxy.hops", "logging.level", "rateLimit.windowMs"].map(
				(path) => row(lines, path),
			),
			[
				["rateLimit.limit", "preset:web", "600"],
				["shutdown.deadlineMs", "platform:kubernetes", "28000"],
				["proxy.hops", "env:TRUST_PROXY", "1"],
				["logging.level", "code", "'warn'"],
				["rateLimit.windowMs", "default", "60000"],
			],
		);
	});

	test("says in words who is believed about the client, and who has decided it", () => {
		const told = (options: Options, environment: Record<string, string> = {}): unknown =>
			row(explained(options, environment), "proxy")?.slice(1);
		assert.deepEqual(told({}), ["default", "nobody is believed, and nobody has said why"]);
		assert.deepEqual(told({}, { TRUST_PROXY: "2" }), [
			"env:TRUST_PROXY",
			"believed: the 2 nearest peers, whoever it is",
		]);
		assert.deepEqual(told({ proxy: { hops: 0 } }), ["code", "nobody is believed"]);
		assert.deepEqual(told({ proxy: false }), ["code", "off"]);
		assert.deepEqual(told({ platform: "cloudflare" }), [
			"platform:cloudflare",
			"believed: cloudflare, private, first of all their cf-connecting-ip",
		]);
	});

	test("has one row for a room that is off, with who turned it off", () => {
		const lines = explained({ rateLimit: false });
		assert.deepEqual(row(lines, "rateLimit"), ["rateLimit", "code", "off"]);
		assert.deepEqual(row(lines, "cors"), ["cors", "preset:api", "off"]);
		assert.equal(row(lines, "rateLimit.limit"), undefined);
	});

	test("masks secrets, and says whether they are set", () => {
		const lines = explained(
			{ health: { token: TOKEN } },
			{ SESSION_SECRET: "4f9d0c2b7a1e8d6f5c3b2a1908f7e6d5" },
		);
		assert.deepEqual(row(lines, "session.secret"), ["session.secret", "env:SESSION_SECRET", "(set)"]);
		assert.deepEqual(row(lines, "health.token"), ["health.token", "code", "(set)"]);
		assert.doesNotMatch(lines.join("\n"), new RegExp(`${TOKEN}|4f9d0c2b`));
		assert.deepEqual(row(explained(), "health.token"), ["health.token", "default", "-"]);
	});

	test("shows neither the program's functions nor its logger", () => {
		const logger = { info() {}, error() {}, child() {}, password: "hunter2" } as never;
		const lines = explained({ logging: { logger }, rateLimit: { key: () => "hunter2" } });
		assert.deepEqual(row(lines, "logging.logger"), ["logging.logger", "code", "(your logger)"]);
		assert.deepEqual(row(lines, "rateLimit.key"), ["rateLimit.key", "code", "(function)"]);
		assert.doesNotMatch(lines.join("\n"), /hunter2/);
	});

	test("keeps every value on its line, however long the list", () => {
		const trust = Array.from({ length: 40 }, (_, index) => `10.0.${index}.0/24`);
		const lines = explained({ proxy: { trust } });
		assert.equal(lines.length, explained().length);
		for (const range of trust) assert.ok(row(lines, "proxy.trust")?.join().includes(range), range);
	});

	test("ends with what was noticed since", () => {
		const lines = explained({}, {}, ["PART_STANDS_DOWN: the app compresses by itself"]);
		assert.equal(lines.at(-1), "note: PART_STANDS_DOWN: the app compresses by itself");
	});

	test("E155 shows no credentials of a URL, whoever has given it", () => {
		const url = "rediss://user:hunter2@redis:6380/1";
		for (const lines of [
			explained({}, { REDIS_URL: url }),
			explained({ redis: { url } }),
			explained({ redis: { url: [url, url], topology: "sentinel" } }),
			explained({}, { REDIS_URL: "redis://redis", REDIS_PASSWORD: "hunter2" }),
		]) {
			assert.doesNotMatch(lines.join("\n"), /hunter2|user/);
			assert.equal(row(lines, "redis.url")?.[2], "(set)");
		}
	});
});
