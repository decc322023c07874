/** A client that shares nothing with the one under test: what it sees of Redis is what there is. */
import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Reply, takeReply } from "./reply.ts";

export interface Address {
	readonly port: number;
	/** Speaks TLS, and trusts this certificate, which is that of `localhost`. */
	readonly ca?: string | undefined;
	/** The arguments of AUTH: a password, or a user and a password. */
	readonly login?: readonly string[] | undefined;
}

export interface Resp {
	/** Sends a command at once, without waiting for answers that are still to come. An error rejects. */
	command(...args: readonly (string | number)[]): Promise<Reply>;
	close(): void;
	readonly closed: Promise<void>;
}

export async function connectResp({ port, ca, login }: Address): Promise<Resp> {
	const at = { port, host: "127.0.0.1", noDelay: true };
	const socket = ca === undefined ? connectPlain(at) : connectTls({ ...at, ca, servername: "localhost" });
	await once(socket, ca === undefined ? "connect" : "secureConnect");
	const resp = speak(socket);
	if (login !== undefined) {
		await resp.command("AUTH", ...login).catch((error: unknown) => {
			resp.close();
			throw error;
		});
	}
	return resp;
}

function speak(socket: Socket): Resp {
	const waiting: PromiseWithResolvers<Reply>[] = [];
	let received = Buffer.alloc(0);
	let how = "closed";
	socket.on("data", (piece: Buffer) => {
		received = Buffer.concat([received, piece]);
		let at = 0;
		for (let taken = takeReply(received, at); taken !== undefined; taken = takeReply(received, at)) {
			at = taken.end;
			settle(waiting.shift(), taken.reply);
		}
		received = received.subarray(at);
	});
	socket.on("error", (error: NodeJS.ErrnoException) => {
		how = error.code ?? error.message;
	});
	const closed = new Promise<void>((resolve) => {
		socket.on("close", () => {
			for (const { reject } of waiting.splice(0)) reject(new Error(`no answer: connection ended (${how})`));
			resolve();
		});
	});
	return {
		closed,
		close: () => void socket.destroy(),
		command(...args) {
			const answer = Promise.withResolvers<Reply>();
			if (socket.destroyed) answer.reject(new Error(`not sent: connection ended (${how})`));
			else {
				waiting.push(answer);
				socket.write(encode(args.map(String)));
			}
			return answer.promise;
		},
	};
}

function settle(answer: PromiseWithResolvers<Reply> | undefined, reply: Reply): void {
	if (reply instanceof Error) answer?.reject(reply);
	else answer?.resolve(reply);
}

function encode(args: readonly string[]): string {
	return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join("")}`;
}
