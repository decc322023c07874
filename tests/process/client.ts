import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { collectText } from "./text.ts";

export interface Answer {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** One connection, seen as the bytes that go over it. */
export interface Client {
	readonly socket: Socket;
	/** All bytes that came. */
	received(): string;
	send(text: string): void;
	/** Sends a request that wants its connection kept, and gives it an id where there is one. */
	get(path: string, id?: string): void;
	/** The next answer, whole; rejects where the connection ends within it or before. */
	answer(): Promise<Answer>;
	/** Waits for bytes, such as the first part of a stream. */
	until(part: string): Promise<unknown>;
	/** How the connection ended: `end`, or the code of an error. */
	readonly ended: Promise<string>;
	/** `performance.now()` when the last byte came. */
	lastByteAtMs(): number;
}

export async function connect(port: number, { isTls = false } = {}): Promise<Client> {
	const at = { port, host: "127.0.0.1" };
	if (isTls) return secured(connectTls({ ...at, rejectUnauthorized: false }));
	const socket = connectPlain(at);
	await once(socket, "connect");
	return clientOf(socket);
}

/** Begins TLS on a connection that there is. */
export const connectOver = (socket: Socket): Promise<Client> =>
	secured(connectTls({ socket, rejectUnauthorized: false }));

async function secured(socket: Socket): Promise<Client> {
	await once(socket, "secureConnect");
	return clientOf(socket);
}

function clientOf(socket: Socket): Client {
	const text = collectText();
	let taken = 0;
	let lastByteAtMs = 0;
	let how = "end";
	socket.setEncoding("latin1");
	socket.on("data", (piece: string) => {
		lastByteAtMs = performance.now();
		text.add(piece);
	});
	socket.on("error", (error: NodeJS.ErrnoException) => {
		how = error.code ?? error.message;
	});
	// Not by once(), which rejects where an error comes before the end.
	const ended = new Promise<string>((resolve) => {
		socket.on("close", () => {
			text.end(`the connection ended (${how})`);
			resolve(how);
		});
	});

	return {
		socket,
		ended,
		received: text.all,
		send: (bytes) => void socket.write(bytes),
		get: (path, id) =>
			void socket.write(
				`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${id === undefined ? "" : `X-Request-Id: ${id}\r\n`}\r\n`,
			),
		async answer() {
			const from = taken;
			const { answer, length } = await text.until("whole answer", (all) => parseAnswer(all.slice(from)));
			taken += length;
			return answer;
		},
		until: (part) => text.until(`"${part}"`, (all) => all.includes(part) || undefined),
		lastByteAtMs: () => lastByteAtMs,
	};
}

/** Why a port takes no connection, such as ECONNREFUSED; `connected` where it does. */
export async function refusal(port: number): Promise<string> {
	const socket = connectPlain({ port, host: "127.0.0.1" });
	try {
		await once(socket, "connect");
		return "connected";
	} catch (error) {
		return (error as NodeJS.ErrnoException).code ?? String(error);
	} finally {
		socket.destroy();
	}
}

/** The first answer in a text, once it is there to its last byte. */
function parseAnswer(text: string): { answer: Answer; length: number } | undefined {
	const headEnd = text.indexOf("\r\n\r\n");
	if (headEnd === -1) return undefined;
	const [first = "", ...lines] = text.slice(0, headEnd).split("\r\n");
	const headers = Object.fromEntries(
		lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
	);
	const start = headEnd + 4;
	const rest = text.slice(start);
	const body = headers["transfer-encoding"] === "chunked" ? chunkedBody(rest) : plainBody(rest, headers);
	if (body === undefined) return undefined;
	const answer = { status: Number(first.split(" ")[1]), headers, body: body.text };
	return { answer, length: start + body.length };
}

interface Body {
	readonly text: string;
	readonly length: number;
}

function plainBody(rest: string, headers: Answer["headers"]): Body | undefined {
	const length = Number(headers["content-length"] ?? 0);
	return rest.length < length ? undefined : { text: rest.slice(0, length), length };
}

function chunkedBody(rest: string): Body | undefined {
	let text = "";
	let at = 0;
	for (;;) {
		const sizeEnd = rest.indexOf("\r\n", at);
		if (sizeEnd === -1) return undefined;
		const size = Number.parseInt(rest.slice(at, sizeEnd), 16);
		const end = sizeEnd + 2 + size + 2;
		if (rest.length < end) return undefined;
		text += rest.slice(sizeEnd + 2, end - 2);
		at = end;
		if (size === 0) return { text, length: at };
	}
}
