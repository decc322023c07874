import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { z } from "zod";
import * as kinds from "../env.ts";
import type { Fault } from "../errors.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { readVariables } from "./variables.ts";

const ROUNDS = 1000;

/** Refuses everything, with this message. */
function saying(message: (text: string) => string): StandardSchema {
	const validate = (value: unknown): { issues: { message: string }[] } => ({
		issues: [{ message: message(String(value)) }],
	});
	return { "~standard": { version: 1, vendor: "chatty", validate } };
}

function throwing(): StandardSchema {
	const validate = (value: unknown): never => {
		throw new Error(`no ${value}`);
	};
	return { "~standard": { version: 1, vendor: "rude", validate } };
}

function rejecting(): StandardSchema {
	const validate = (value: unknown): Promise<never> => Promise.reject(new Error(`no ${value}`));
	return { "~standard": { version: 1, vendor: "late", validate } };
}

const plain = (secret: string): string => secret;

/** Every way to fail: a schema, and where the secret stands in the text. */
const positions: [what: string, schema: StandardSchema, text: (secret: string) => string][] = [
	["weak", kinds.secret({ minBytes: 500 }), plain],
	["padded", kinds.secret(), (secret) => ` ${secret}`],
	["quoted", kinds.secret(), (secret) => `"${secret}"`],
	["port", kinds.port(), plain],
	["integer", kinds.integer(), plain],
	["bool", kinds.bool(), plain],
	["duration", kinds.duration(), (secret) => `${secret}s`],
	["byteSize", kinds.byteSize(), plain],
	["url", kinds.url(), plain],
	["url's protocol", kinds.url({ protocols: ["redis"] }), (secret) => `http://u:${secret}@h`],
	["url's port", kinds.url({ secret: true }), (secret) => `redis://u:${secret}@h:99999`],
	["list", kinds.list(), (secret) => `${secret},,`],
	["cidrList", kinds.cidrList(), (secret) => `10.0.0.0/8,${secret}`],
	["json", kinds.json(), (secret) => `{"${secret}":`],
	["json's key", kinds.json().pipe(z.strictObject({})), (secret) => JSON.stringify({ [secret]: 1 })],
	["json's escaped key", kinds.json().pipe(z.strictObject({})), escapedKey],
	["json's value", kinds.json().pipe(z.literal(1)), (secret) => JSON.stringify(secret)],
	["refined kind", kinds.list().refine(() => false, { error: (issue) => `no ${issue.input}` }), plain],
	["refined secret", kinds.secret().refine((secret) => secret.reveal() === "", "too bad"), plain],
	["zod string", z.string().max(3), plain],
	["zod enum", z.enum(["a", "b"]), plain],
	["zod regex", z.string().regex(/^x$/), plain],
	["zod email", z.email(), plain],
	["zod number", z.coerce.number(), plain],
	["zod date", z.iso.date(), plain],
	["zod message", z.string().refine(() => false, { error: (issue) => `no ${issue.input}` }), plain],
	["zod custom", z.string().superRefine((text, context) => context.addIssue(`no ${text}`)), plain],
	["zod throwing", z.string().transform((text) => JSON.parse(text)), plain],
	["zod async", z.string().refine(async () => false, { error: (issue) => `no ${issue.input}` }), plain],
	["message", saying((text) => `Invalid: Received "${text}"`), plain],
	["message with a part", saying((text) => `Invalid: "${text.slice(0, 6)}..."`), plain],
	["message with the end", saying((text) => `Invalid: ...${text.slice(-6)}`), plain],
	["message in capitals", saying((text) => text.toUpperCase()), plain],
	["message decoded", saying((text) => Buffer.from(text, "base64").toString()), encoded],
	["message unescaped", saying((text) => decodeURIComponent(text)), escaped],
	["throwing", throwing(), plain],
	["rejecting", rejecting(), plain],
];

function encoded(secret: string): string {
	return Buffer.from(secret).toString("base64");
}

function escaped(secret: string): string {
	return [...secret].map((character) => `%${character.charCodeAt(0).toString(16)}`).join("");
}

function escapedKey(secret: string): string {
	const key = [...secret]
		.map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
		.join("");
	return `{"${key}":1}`;
}

/** Everything somebody could print of an error, and of the errors it holds. */
function printed(thrown: unknown): string {
	assert.ok(thrown instanceof Error);
	return [
		thrown.message,
		thrown.stack,
		String(thrown),
		inspect(thrown),
		inspect(thrown, { customInspect: false, showHidden: true, depth: null }),
		JSON.stringify(thrown),
		inspect(thrown.cause),
	].join("\n");
}

/** No ten characters in a row of the secret, in any case; fewer would meet words of ours by chance. */
function assertAbsent(secret: string, text: string, what: string): void {
	const shown = text.toLowerCase();
	for (let start = 0; start + 10 <= secret.length; start += 3) {
		const piece = secret.slice(start, start + 10).toLowerCase();
		assert.ok(!shown.includes(piece), `${what}: ${piece} stands in ${text}`);
	}
}

test(`E147 ${ROUNDS} random secrets stand in no report, whatever fails`, () => {
	const shape = Object.fromEntries(positions.map(([, schema], index) => [`V${index}`, schema]));
	const expected = positions.map((_, index) => `V${index}`).sort();
	for (let round = 0; round < ROUNDS; round++) {
		const secret = randomBytes(24).toString("base64url");
		const texts = positions.map(([, , text], index) => [`V${index}`, text(secret)]);
		const environment = { ...Object.fromEntries(texts), V_FILE: secret, NODE_ENV: secret };
		const notices: Fault[] = [];
		assert.throws(
			() =>
				kinds.defineEnv(
					{ ...shape, V: kinds.secret(), MISSING: z.string() },
					{ environment, prefix: "V", onNotice: (notice) => notices.push(notice) },
				),
			(thrown) => {
				assertAbsent(secret, printed(thrown) + inspect(notices), "defineEnv");
				const { faults } = thrown as { faults: Fault[] };
				const failed = new Set(faults.map(({ at }) => at));
				assert.deepEqual(
					expected.filter((name) => !failed.has(name)),
					[],
					"each position must fail",
				);
				return true;
			},
		);
	}
});

test("E147 the length of a value is not told", () => {
	const chatty = saying((text) => `must be at least 50 long (was ${text.length})`);
	for (let length = 1; length < 49; length++) {
		assert.throws(
			() => kinds.defineEnv({ A: chatty }, { environment: { A: "#".repeat(length) } }),
			(thrown: { faults: Fault[] }) => !/was/.test(thrown.faults[0]!.problem),
		);
	}
});

test(`E147 ${ROUNDS} random secrets in the library's own variables stand in no fault and no printed value`, () => {
	for (let round = 0; round < ROUNDS; round++) {
		const secret = randomBytes(24).toString("base64url");
		const names = ["NODE_ENV", "PORT", "LOG_LEVEL", "REDIS_URL", "REDIS_TLS", "TRUST_PROXY", "EXTERNAL_URL"];
		const read = readVariables({
			...Object.fromEntries(names.map((name) => [name, secret])),
			REDIS_PREFIX: `${secret} x`,
			HOST: `http://${secret}`,
			APP_ENV: `${secret} x`,
			SHUTDOWN_GRACE_SECONDS: secret,
			SESSION_SECRET: `${secret},${secret}`,
			REDIS_PASSWORD_FILE: secret,
		});
		assert.ok(read.faults.length >= 11);
		const { nodeEnv, ...variables } = read.variables;
		assertAbsent(secret, inspect([read.faults, read.notices, variables], { depth: null }), "readVariables");
	}
});

test(`E147 ${ROUNDS} random secrets stand neither on standard output nor on standard error`, (t) => {
	const folder = mkdtempSync(join(tmpdir(), "env-leak-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const paths = ["stdout", "stderr", "secrets"].map((name) => join(folder, name));
	const program = `
		import { randomBytes } from "node:crypto";
		import { writeFileSync } from "node:fs";
		import { inspect } from "node:util";
		import * as kinds from ${JSON.stringify(new URL("../env.ts", import.meta.url).href)};
		import { resolveOptions } from ${JSON.stringify(new URL("../config/resolve.ts", import.meta.url).href)};
		const print = (call) => {
			try { console.log(call()); } catch (error) {
				console.error(error);
				console.log(String(error), error.stack, inspect(error.cause), JSON.stringify(error), error);
			}
		};
		const secrets = [];
		for (let round = 0; round < ${ROUNDS}; round++) {
			const secret = randomBytes(24).toString("base64url");
			secrets.push(secret);
			const wrong = { NODE_ENV: "production", PORT: secret, KEY: secret, KEY2: secret, AT: "redis://u:" + secret + "@h:99999" };
			const shape = { PORT: kinds.port(), KEY: kinds.secret({ minBytes: 99 }), KEY2: kinds.secret(), AT: kinds.url() };
			print(() => kinds.defineEnv(shape, { environment: wrong }));
			const right = { NODE_ENV: "production", KEY: secret, AT: "redis://u:" + secret + "@h" };
			print(() => kinds.defineEnv({ KEY: kinds.secret(), AT: kinds.url() }, { environment: right }));
			const own = { NODE_ENV: "production", SESSION_SECRET: "x," + secret, REDIS_URL: wrong.AT, LOG_LEVEL: secret };
			print(() => resolveOptions({}, own));
		}
		writeFileSync(3, JSON.stringify(secrets));
		kinds.defineEnv({ PORT: kinds.port() }, { environment: { PORT: secrets.at(-1) } });`;
	// To files: what a pipe has not taken yet when the last fault ends the process is lost.
	const files = paths.map((path) => openSync(path, "w"));
	const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
		stdio: ["ignore", ...files],
		timeout: 60_000,
	});
	for (const file of files) closeSync(file);
	const [stdout = "", stderr = "", listed = ""] = paths.map((path) => readFileSync(path, "utf8"));
	assert.equal(status, 1, stderr.slice(-2_000));
	const shown = `${stdout}${stderr}`.toLowerCase();
	assert.ok(shown.split("config_invalid").length > ROUNDS * 2);
	const secrets = JSON.parse(listed) as string[];
	assert.equal(secrets.length, ROUNDS);
	assert.deepEqual(
		secrets.filter(
			(secret) => shown.includes(secret.toLowerCase()) || shown.includes(secret.slice(0, 10).toLowerCase()),
		),
		[],
	);
});
