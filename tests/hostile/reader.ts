import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import type { Kind } from "./kinds.ts";

/** A client that says itself when it reads, and ends with its test. */
export async function openReader(
	t: TestContext,
	{ isTls, isHttp2 }: Kind,
	port: number,
	path: string,
): Promise<Duplex> {
	const at = { port, host: "127.0.0.1" };
	if (isHttp2) {
		const session = connectHttp2(`${isTls ? "https" : "http"}://127.0.0.1:${port}`, {
			rejectUnauthorized: false,
		});
		session.on("error", () => {});
		t.after(() => session.destroy());
		const stream = session.request({ ":path": path });
		stream.on("error", () => {});
		await once(stream, "response");
		return stream;
	}
	const socket = isTls ? connectTls({ ...at, rejectUnauthorized: false }) : connect(at);
	socket.on("error", () => {});
	t.after(() => socket.destroy());
	socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
	await once(socket, "readable");
	return socket;
}

/** Resolves once these words have come. */
export async function until(reader: Duplex, words: string): Promise<void> {
	let text = "";
	for (;;) {
		const piece = reader.read() as Buffer | null;
		if (piece === null) {
			if (reader.destroyed || reader.readableEnded) throw new Error(`ended before "${words}": ${text}`);
			await Promise.race([once(reader, "readable"), once(reader, "close")]);
			continue;
		}
		text += piece.toString("latin1");
		if (text.includes(words)) return;
	}
}
