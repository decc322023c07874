import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import {
	defineEnv,
	describeEnv,
	developmentOnly,
	duration,
	envExample,
	list,
	port,
	requiredIn,
	secret,
	url,
} from "../env.ts";
import { weakness } from "./weakness.ts";

test("describeEnv prints each variable with its source, and no secret", () => {
	const folder = mkdtempSync(join(tmpdir(), "describe-env-"));
	const path = join(folder, "key");
	writeFileSync(path, randomBytes(32).toString("hex"));
	const env = defineEnv(
		{
			PORT: port().default(3000),
			KEY: secret(),
			REDIS: url(),
			API_TOKEN: z.string(),
			GREETING: z.string(),
			MAIL: url().optional(),
		},
		{
			environment: {
				NODE_ENV: "test",
				KEY_FILE: path,
				REDIS: "redis://u:hunter2@h",
				API_TOKEN: "hunter2",
				GREETING: "a\n\u001b[31mb",
			},
		},
	);
	rmSync(folder, { recursive: true });
	assert.equal(
		describeEnv(env),
		[
			"PORT       3000                  default",
			"KEY        [secret]              file",
			"REDIS      'redis://[secret]@h'  env",
			"API_TOKEN  [secret]              env",
			"GREETING   'a\\n\\x1B[31mb'        env",
			"MAIL       -                     unset",
		].join("\n"),
	);
	assert.throws(() => describeEnv({ ...env }), { code: "OPTION_INVALID" });
});

const shape = {
	PORT: port().default(3000).describe("where to listen"),
	TTL: duration().default(90_000),
	ORIGINS: list().default(["a", "b"]),
	DATABASE_URL: url({ protocols: ["postgres"], secret: true }),
	KEY: secret().describe("signs the cookie"),
	MAIL_KEY: developmentOnly(requiredIn(secret(), ["production"]), "dev"),
	NAME: z.string(),
};

test("envExample has a line for each variable: what must be set open, the rest as comments", () => {
	assert.equal(
		envExample(shape),
		`# where to listen
# a port number
# PORT=3000

# a duration
# TTL=90s

# a comma list
# ORIGINS=a,b

# a URL
DATABASE_URL=postgres://localhost

# signs the cookie
# a random secret
# make a random one: openssl rand -base64 32
KEY=replace-with-a-random-secret

# a random secret
# make a random one: openssl rand -base64 32
# required in production
# in development by itself
# MAIL_KEY=replace-with-a-random-secret

NAME=
`,
	);
});

test("what stands in the example is accepted by the shape, but for its secrets in production", () => {
	const lines = envExample(shape).matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm);
	const environment = Object.fromEntries([...lines].map(([, name, value]) => [name, value || "x"]));
	const notices: string[] = [];
	const env = defineEnv(shape, {
		environment: { ...environment, NODE_ENV: "development" },
		onNotice: ({ at, code }) => notices.push(`${at} ${code}`),
	});
	assert.equal(env.TTL, 90_000);
	assert.deepEqual(env.ORIGINS, ["a", "b"]);
	assert.equal(notices[0], "KEY ENV_WEAK_SECRET");
	assert.match(weakness(env.KEY.reveal())!, /placeholder/);
	assert.throws(
		() => defineEnv(shape, { environment: { ...environment, NODE_ENV: "production" } }),
		/ENV_WEAK_SECRET/,
	);
});
