/** What all stacks have to do before their figures may stand beside each other. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { type Arm, inFull } from "./arms.ts";
import { LARGE, SMALL } from "./programs/routes.mjs";
import { type How, type Server, startServer } from "./server.ts";
import { cookieIn, setCookieOf } from "./visitors.ts";

const CLIENT = "198.18.0.1";
const IDLE_MS = 2_000;

export async function assertEqualWork(arm: Arm, how: How): Promise<void> {
	const server = await startServer(arm, how);
	try {
		const reply = await get(server, "/small");
		assert.equal(reply.status, 200);
		assert.equal(reply.headers["content-type"], "application/json; charset=utf-8");
		assert.deepEqual(JSON.parse(reply.body.toString()), SMALL);
		if (arm.store === undefined) return;
		assertHeaders(reply);
		await assertLogged(server, reply);
		await assertPacked(server);
		await assertSession(server);
	} catch (error) {
		throw new Error(`${inFull(arm)} does not do what the others do`, { cause: error });
	} finally {
		await server.stop();
	}
	await assertRefused(arm, how);
}

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
		headers: { "x-forwarded-for": CLIENT, "x-forwarded-proto": "https", ...headers },
	}).end();
	const [response] = await once(asked, "response");
	return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

/** Those that helmet and we agree on; we send three more, and not X-XSS-Protection. */
const OF_HELMET = [
	"content-security-policy",
	"cross-origin-opener-policy",
	"cross-origin-resource-policy",
	"origin-agent-cluster",
	"referrer-policy",
	"strict-transport-security",
	"x-content-type-options",
	"x-dns-prefetch-control",
	"x-download-options",
	"x-frame-options",
	"x-permitted-cross-domain-policies",
];

function assertHeaders({ headers }: Reply): void {
	for (const name of [...OF_HELMET, "x-request-id"]) assert.ok(headers[name], `there is no ${name}`);
	const limits = Object.keys(headers).filter((name) => /^(?:x-)?ratelimit/.test(name));
	assert.ok(limits.length >= 2, "what is left of the limit is not told");
	assert.equal(headers["x-powered-by"], undefined);
}

/** What the lines of a request tell, wherever a stack puts it. */
const FIELDS: Readonly<Record<string, RegExp>> = {
	level: /"level":/,
	time: /"time":/,
	method: /"method":"GET"/,
	path: /"(?:url|path)":"\/small"/,
	status: /"(?:statusCode|status)":200/,
	duration: /"(?:responseTime|durationMs)":[\d.]+/,
	client: new RegExp(`"${CLIENT}"`),
};

async function assertLogged(server: Server, { headers }: Reply): Promise<void> {
	const id = String(headers["x-request-id"]);
	let missing: readonly string[] = [];
	// Those that buffer write once some kilobytes are there.
	for (let tries = 0; tries < 200; tries++) {
		const lines = server.log().split("\n");
		const text = lines.filter((line) => line.includes(id)).join("\n");
		missing = Object.keys(FIELDS).filter((name) => !FIELDS[name]!.test(text));
		if (missing.length === 0) return;
		await get(server, "/small");
	}
	throw new Error(`the log does not tell ${missing.join(", ")}`);
}

const UNPACK: Readonly<Record<string, (body: Buffer) => Buffer>> = {
	gzip: gunzipSync,
	br: brotliDecompressSync,
	zstd: zstdDecompressSync,
};

async function assertPacked(server: Server): Promise<void> {
	const { headers, body } = await get(server, "/large", { "accept-encoding": "gzip, deflate, br" });
	const encoding = String(headers["content-encoding"]);
	assert.ok(encoding in UNPACK, `packed as ${encoding}`);
	assert.match(String(headers.vary), /accept-encoding/i);
	assert.deepEqual(JSON.parse(UNPACK[encoding]!(body).toString()), LARGE);
}

async function assertSession(server: Server): Promise<void> {
	const setCookie = await setCookieOf(server, "198.18.2.1");
	for (const attribute of [/; HttpOnly/i, /; Secure/i, /; SameSite=Lax/i, /; Path=\/(?:;|$)/i]) {
		assert.match(setCookie, attribute);
	}
	const known = await get(server, "/session", { cookie: cookieIn(setCookie) });
	assert.equal(known.headers["x-user"], "ada");
	const forged = await get(server, "/session", { cookie: `${cookieIn(setCookie).slice(0, -2)}xx` });
	assert.equal(forged.headers["x-user"], "nobody");
}

/** The second request of a client is one too many, and no other client's affair. */
async function assertRefused(arm: Arm, how: How): Promise<void> {
	const server = await startServer(arm, { ...how, limit: 1 });
	try {
		const client = { "x-forwarded-for": "198.18.3.1" };
		assert.equal((await get(server, "/small", client)).status, 200);
		const refused = await get(server, "/small", client);
		assert.equal(refused.status, 429);
		assert.ok(refused.headers["retry-after"], "when to come again is not told");
		assert.equal((await get(server, "/small", { "x-forwarded-for": "198.18.3.2" })).status, 200);
	} finally {
		await server.stop();
	}
}

/**
 * A session that somebody uses does not end, although no route touches it; but for the tuned stacks, which save work by
 * letting it.
 */
export async function assertKeptAlive(arm: Arm, how: How): Promise<void> {
	if (arm.store === undefined || arm.name === "tuned") return;
	const server = await startServer(arm, { ...how, idleMs: IDLE_MS });
	try {
		const cookie = cookieIn(await setCookieOf(server, "198.18.4.1"));
		for (const until = Date.now() + 1.5 * IDLE_MS; Date.now() < until; await pause(IDLE_MS / 20)) {
			await get(server, "/small", { cookie });
		}
		const { headers } = await get(server, "/session", { cookie });
		assert.equal(headers["x-user"], "ada", `${inFull(arm)} lets a session end that is used`);
	} finally {
		await server.stop();
	}
}
