/** What Node's inspector tells of a process that was started with `inspectable(port)`. */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

export interface Inspector {
	ask<Reply>(method: string, params?: Readonly<Record<string, unknown>>): Promise<Reply>;
	close(): void;
}

/**
 * Arguments for Node, which opens it when it is sent SIGUSR1: in production ours does not start beside an open one. The
 * address is not published on standard error, where it would be in the way.
 */
export const inspectable = (port: number): readonly string[] => [
	`--inspect-port=127.0.0.1:${port}`,
	"--inspect-publish-uid=http",
];

export async function inspect(pid: number, port: number): Promise<Inspector> {
	process.kill(pid, "SIGUSR1");
	const socket = new WebSocket(await addressOf(port));
	await once(socket, "open");
	const waiting = new Map<number, (reply: { result: unknown; error?: { message: string } }) => void>();
	socket.addEventListener("message", ({ data }) => {
		const reply = JSON.parse(String(data));
		waiting.get(reply.id)?.(reply);
		waiting.delete(reply.id);
	});
	let id = 0;
	return {
		async ask<Reply>(method: string, params = {}) {
			id++;
			const answered = new Promise<{ result: unknown; error?: { message: string } }>((resolve) => {
				waiting.set(id, resolve);
			});
			socket.send(JSON.stringify({ id, method, params }));
			const { result, error } = await answered;
			if (error !== undefined) throw new Error(`${method}: ${error.message}`);
			return result as Reply;
		},
		close: () => socket.close(),
	};
}

async function addressOf(port: number): Promise<string> {
	for (let tries = 0; tries < 100; tries++) {
		const reply = await fetch(`http://127.0.0.1:${port}/json`).catch(() => undefined);
		if (reply !== undefined) {
			const [target] = (await reply.json()) as [{ webSocketDebuggerUrl: string }];
			return target.webSocketDebuggerUrl;
		}
		await pause(20);
	}
	throw new Error("the inspector does not open");
}
