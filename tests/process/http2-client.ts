import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import type { Socket } from "node:net";

export interface Http2Answer {
	readonly status: number | undefined;
	readonly body: string;
}

/** One HTTP/2 session. */
export interface Http2Client {
	readonly session: ClientHttp2Session;
	/** Sends a request and resolves with its answer, whole; rejects where the stream is cut. */
	ask(path: string, headers?: Record<string, string>): Promise<Http2Answer>;
	/** The server has said that no new streams may begin. */
	readonly away: Promise<unknown>;
	readonly closed: Promise<unknown>;
}

interface Way {
	readonly isTls?: boolean;
	/** A connection that there is, for TLS to begin on. */
	readonly over?: Socket;
}

export async function connectHttp2(port: number, { isTls = false, over }: Way = {}): Promise<Http2Client> {
	const session = connect(`${isTls ? "https" : "http"}://127.0.0.1:${port}`, {
		rejectUnauthorized: false,
		...(over && { socket: over }),
	});
	// A session that is cut may say so: what its streams got is what counts.
	session.on("error", () => {});
	const away = once(session, "goaway").catch(() => {});
	const closed = new Promise((resolve) => session.once("close", resolve));
	await once(session, "connect");

	async function ask(path: string, headers: Record<string, string> = {}): Promise<Http2Answer> {
		const stream = session.request({ ":path": path, ...headers });
		let status: number | undefined;
		let body = "";
		stream.on("response", (answer) => {
			status = answer[":status"];
		});
		stream.setEncoding("utf8").on("data", (piece: string) => {
			body += piece;
		});
		await once(stream, "close");
		// What the client never got an answer to was cut, however the stream ended.
		if (status === undefined) throw new Error(`the stream ended with code ${stream.rstCode}`);
		return { status, body };
	}

	return { session, ask, away, closed };
}
