import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { connect } from "./client.ts";
import { serve } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "self-signed-"));
const TLS = { env: { TLS_KEY: join(folder, "key.pem"), TLS_CERT: join(folder, "cert.pem") } };
const NEW_CERTIFICATE =
	"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
execFileSync(
	"openssl",
	[...NEW_CERTIFICATE.split(" "), "-keyout", TLS.env.TLS_KEY, "-out", TLS.env.TLS_CERT],
	{
		stdio: "ignore",
	},
);
after(() => rmSync(folder, { recursive: true }));

describe("https", { concurrency: 4, timeout: 30_000 }, () => {
	test("a request in flight at SIGTERM is answered whole with Connection: close", async (t) => {
		const program = await serve(t, "https.mjs", TLS);
		const client = await program.connect({ isTls: true });
		client.get("/held");
		await program.says("held");
		program.signal("SIGTERM");
		await program.logs("stopped listening");
		program.tell("release");
		const { headers, body } = await client.answer();
		assert.deepEqual([headers.connection, body.length], ["close", 30_000]);
		assert.equal(await client.ended, "end");
		await program.exits(0);
	});

	test("idle connections and handshakes that never end are not waited for", async (t) => {
		const program = await serve(t, "https.mjs", TLS);
		const silent = await connect(program.port);
		const stalled = await connect(program.port);
		// The first bytes of a ClientHello.
		stalled.send("\x16\x03\x01\x02\x00\x01\x00");
		const idle = await program.connect({ isTls: true });
		idle.get("/now");
		await idle.answer();
		program.signal("SIGTERM");
		await program.exits(0);
		assert.equal(await idle.ended, "end");
		await Promise.all([silent.ended, stalled.ended]);
	});
});

interface Http2Answer {
	readonly status: number | undefined;
	readonly body: string;
}

function request(session: ClientHttp2Session, path: string): Promise<Http2Answer> {
	const stream = session.request({ ":path": path });
	let status: number | undefined;
	let body = "";
	stream.on("response", (headers) => {
		status = headers[":status"];
	});
	stream.setEncoding("utf8").on("data", (piece: string) => {
		body += piece;
	});
	return once(stream, "end").then(() => ({ status, body }));
}

describe("http2", { concurrency: 4, timeout: 30_000 }, () => {
	for (const name of ["http2.mjs", "fastify-http2.mjs"]) {
		test(`${name}: an open stream at SIGTERM is finished, after a GOAWAY`, async (t) => {
			const program = await serve(t, name);
			const session = connectHttp2(`http://127.0.0.1:${program.port}`);
			const isAway = once(session, "goaway");
			const isClosed = once(session, "close");
			const answer = request(session, "/held");
			await program.says("held");
			program.signal("SIGTERM");
			await isAway;
			program.tell("release");
			const { status, body } = await answer;
			assert.deepEqual([status, body.length], [200, 30_000]);
			await isClosed;
			await program.exits(0);
		});

		test(`${name}: idle sessions and silent connections are not waited for`, async (t) => {
			const program = await serve(t, name);
			const silent = await connect(program.port);
			const session = connectHttp2(`http://127.0.0.1:${program.port}`);
			const isClosed = once(session, "close");
			assert.equal((await request(session, "/now")).body, "now");
			program.signal("SIGTERM");
			await program.exits(0);
			await isClosed;
			await silent.ended;
		});

		test(`${name}: closed by the program, finishes its streams and closes soon`, async (t) => {
			const program = await serve(t, name);
			const session = connectHttp2(`http://127.0.0.1:${program.port}`);
			const answer = request(session, "/held");
			await program.says("held");
			program.tell("close");
			await program.says("closing");
			program.tell("release");
			assert.equal((await answer).body.length, 30_000);
			await program.says("closed");
			program.signal("SIGTERM");
			await program.exits(0);
			session.destroy();
		});
	}
});
