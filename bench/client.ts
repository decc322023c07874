/** One client, one request after the other on one connection: what a request takes comes out the same every time. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { Server } from "./server.ts";

export interface Asking {
	readonly path: string;
	/** A file with a `Cookie` header a line. */
	readonly cookies?: string | undefined;
	/** Of clients, as their proxy names them; each has a cookie of its own, if there are as many. */
	readonly addresses?: number;
	readonly encoding?: string;
}

export interface Client {
	/** That many requests, the next one once the last one has its whole answer. */
	ask(requests: number): Promise<void>;
	close(): void;
}

export async function openClient(server: Server, asking: Asking): Promise<Client> {
	const requests = makeRequests(asking);
	const socket = connect(server.port, "127.0.0.1").setNoDelay();
	await once(socket, "connect");
	let turn = 0;
	return {
		async ask(count) {
			for (const last = turn + count; turn < last; turn++) {
				socket.write(requests[turn % requests.length]!);
				await wholeAnswer(socket);
			}
		},
		close: () => socket.destroy(),
	};
}

/** As many as a server works on at a time when it is busy. */
const TOGETHER = 16;

/** Asks until the server's code has been made fast: nobody counts here, so many ask at a time. */
export async function warm(server: Server, asking: Asking, requests: number): Promise<void> {
	const clients = await Promise.all(Array.from({ length: TOGETHER }, () => openClient(server, asking)));
	await Promise.all(clients.map((client) => client.ask(Math.ceil(requests / TOGETHER))));
	for (const client of clients) client.close();
}

function makeRequests({ path, cookies, addresses = 1_000, encoding }: Asking): readonly string[] {
	const lines = cookies === undefined ? [] : readFileSync(cookies, "utf8").trim().split("\n");
	return Array.from({ length: addresses }, (_, index) =>
		[
			`GET ${path} HTTP/1.1`,
			"Host: shop.example.com",
			`X-Forwarded-For: 198.18.${index >> 8}.${index & 255}`,
			"X-Forwarded-Proto: https",
			...(lines.length === 0 ? [] : [`Cookie: ${lines[index % lines.length]}`]),
			...(encoding === undefined ? [] : [`Accept-Encoding: ${encoding}`]),
			"\r\n",
		].join("\r\n"),
	);
}

/** With a length, or in chunks. */
function wholeAnswer(socket: Socket): Promise<void> {
	return new Promise((resolve, reject) => {
		let text = "";
		const stop = (error?: Error): void => {
			socket.off("data", read).off("close", closed);
			if (error === undefined) resolve();
			else reject(error);
		};
		const closed = (): void => stop(new Error(`the connection was closed after ${JSON.stringify(text)}`));
		const read = (chunk: Buffer): void => {
			text += chunk.toString("latin1");
			const head = text.indexOf("\r\n\r\n");
			if (head === -1) return;
			const length = /^content-length: (\d+)/im.exec(text.slice(0, head))?.[1];
			if (length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length >= head + 4 + Number(length)) {
				stop();
			}
		};
		socket.on("data", read).on("close", closed);
	});
}
