/** What all stacks have to do before their figures may stand beside each other. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { inFull } from "./arms.ts";
import { LARGE, SMALL } from "./programs/routes.mjs";
import type { Server } from "./server.ts";
import { cookieOf } from "./visitors.ts";

interface Reply {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: Buffer;
}

/** `fetch` unpacks, and hides what was packed. */
async function get(server: Server, path: string, headers: Record<string, string> = {}): Promise<Reply> {
	const asked = request({
		port: server.port,
		path,
		agent: false,
		headers: { "x-forwarded-for": "198.18.0.1", "x-forwarded-proto": "https", ...headers },
	}).end();
	const [response] = await once(asked, "response");
	return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const UNPACK: Readonly<Record<string, (body: Buffer) => Buffer>> = {
	gzip: gunzipSync,
	br: brotliDecompressSync,
	zstd: zstdDecompressSync,
};

/** Of what a stack of our kind sends and writes, what every one of them must. */
const HEADERS = ["content-security-policy", "strict-transport-security", "x-content-type-options"];

export async function assertEqualWork(server: Server): Promise<void> {
	const name = inFull(server.arm);
	const small = await get(server, "/small");
	assert.equal(small.status, 200, name);
	assert.deepEqual(JSON.parse(small.body.toString()), SMALL, name);
	if (server.arm.store === undefined) return;
	for (const header of HEADERS) assert.ok(small.headers[header], `${name} sends no ${header}`);
	assert.ok(
		Object.keys(small.headers).some((header) => /ratelimit/.test(header)),
		`${name} tells no limit`,
	);
	const large = await get(server, "/large", { "accept-encoding": "gzip, br" });
	const encoding = String(large.headers["content-encoding"]);
	assert.ok(encoding in UNPACK, `${name} does not pack`);
	assert.deepEqual(JSON.parse(UNPACK[encoding]!(large.body).toString()), LARGE, name);
	const cookie = await cookieOf(server, "198.18.2.1");
	const visited = await get(server, "/session", { cookie });
	assert.equal(visited.headers["x-user"], "ada", `${name} does not know its visitor`);
	await assertLogged(server, name);
}

/** What a line must tell, wherever a stack puts it. */
const FIELDS: Readonly<Record<string, RegExp>> = {
	method: /"method":"GET"/,
	path: /"(?:url|path)":"\/small/,
	status: /"(?:statusCode|status)":200/,
	duration: /"(?:responseTime|durationMs)":/,
};

async function assertLogged(server: Server, name: string): Promise<void> {
	// Those that buffer write once four kilobytes are there.
	for (let tries = 0; tries < 200; tries++) {
		const text = server.logBytes() === 0 ? "" : readFileSync(server.logFile, "utf8");
		if (Object.values(FIELDS).every((field) => field.test(text))) return;
		await get(server, "/small");
		await pause(5);
	}
	throw new Error(`${name} does not log ${Object.keys(FIELDS).join(", ")}`);
}
