/** A fixed number of requests over a few connections, one after the other on each: counts come out the same every time. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { Asking } from "./load.ts";
import type { Server } from "./server.ts";

/** How a server is to be asked, once it runs. */
export type Visit = (server: Server) => Promise<Asking>;

const CONNECTIONS = 4;

export async function askInTurn(server: Server, asking: Asking, requests: number): Promise<void> {
	const made = makeRequests(asking);
	await Promise.all(
		Array.from({ length: CONNECTIONS }, (_, index) =>
			askOnOne(server, made, index, Math.ceil(requests / CONNECTIONS)),
		),
	);
}

function makeRequests({ path, cookies, addresses = 1_000, encoding }: Asking): readonly string[] {
	const lines = cookies === undefined ? [] : readFileSync(cookies, "utf8").trim().split("\n");
	return Array.from({ length: Math.min(addresses, 1_000) }, (_, index) =>
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

async function askOnOne(
	server: Server,
	made: readonly string[],
	index: number,
	requests: number,
): Promise<void> {
	const socket = connect(server.port, "127.0.0.1");
	await once(socket, "connect");
	for (let turn = 0; turn < requests; turn++) {
		socket.write(made[(turn * CONNECTIONS + index) % made.length]!);
		await wholeAnswer(socket);
	}
	socket.destroy();
}

/** All arms answer what is asked here with a length. */
async function wholeAnswer(socket: Socket): Promise<void> {
	let text = "";
	for (;;) {
		const [chunk] = (await once(socket, "data")) as [Buffer];
		text += chunk.toString("latin1");
		const head = text.indexOf("\r\n\r\n");
		if (head === -1) continue;
		const length = /^content-length: (\d+)/im.exec(text.slice(0, head))?.[1];
		if (length === undefined ? text.endsWith("0\r\n\r\n") : text.length >= head + 4 + Number(length)) return;
	}
}
