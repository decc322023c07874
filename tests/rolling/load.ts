/**
 * Clients that never stop asking: each has one connection, sends a POST over it, judges the answer to its last byte,
 * and sends the next. A generator of our own, because every single answer counts, and because it has to be a correct
 * client: it heeds `Connection: close` and sends nothing twice.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Answer, takeAnswer } from "./answer.ts";

/** What clients have seen. */
export interface Seen {
	/** Answered with 200 and the body that was sent. */
	right: number;
	/** Everything else, by its kind. */
	readonly errors: Record<string, number>;
	/** Connections that were made; those that ended between two requests harm nobody. */
	connections: number;
	/** Right answers by the process that gave them. */
	readonly servedBy: Map<string, number>;
}

export interface Load {
	readonly seen: Seen;
	/** Resolves once so many processes have answered. */
	processes(count: number): Promise<void>;
	/** Resolves once every request that is under way now has its answer. */
	turnover(): Promise<void>;
	/** Every client gets its last answer, then all of them are gone. */
	stop(): Promise<Seen>;
}

export interface LoadOptions {
	readonly port: number;
	readonly clients: number;
	/** The longest that a client waits between an answer and its next request. */
	readonly pauseMs?: number;
}

/** A request that has no answer by then will get none; far longer than any answer takes on a busy machine. */
const NO_ANSWER_MS = 10_000;

/** After a refused connection, so that a dead server is not asked ten thousand times a second. */
const REFUSED_MS = 20;

/** They stop with their test too, however it ends. */
export function startLoad({ signal }: TestContext, { port, clients, pauseMs = 60 }: LoadOptions): Load {
	const seen: Seen = { right: 0, errors: {}, connections: 0, servedBy: new Map() };
	const underWay = new Set<Promise<Answer>>();
	let look = (): void => {};
	let isOver = false;

	function judge(answer: Answer, sent: string): void {
		if (answer.status !== 200) fault(`status ${answer.status}`);
		else if (answer.body !== sent) fault("another body");
		else {
			seen.right++;
			const pid = answer.headers["x-pid"] ?? "nobody";
			seen.servedBy.set(pid, (seen.servedBy.get(pid) ?? 0) + 1);
			look();
		}
	}

	function fault(kind: string): void {
		seen.errors[kind] = (seen.errors[kind] ?? 0) + 1;
	}

	async function client(name: number): Promise<void> {
		let connection: Connection | undefined;
		for (let nth = 0; !isOver && !signal.aborted; nth++) {
			// Not all at once: whoever answers must have idle connections too, they are what a close can hurt.
			await pause(((name * 7 + nth * 13) % 100) * (pauseMs / 100));
			try {
				if (connection === undefined || connection.isClosed()) {
					connection = await open(port);
					seen.connections++;
				}
				const body = `client ${name}, request ${nth}; `.padEnd(200, ".");
				const asked = connection.ask(body);
				underWay.add(asked);
				const answer = await asked.finally(() => underWay.delete(asked));
				judge(answer, body);
				if (answer.headers.connection !== "close") continue;
				connection.end();
			} catch (error) {
				fault((error as Error).message);
				connection?.end();
				await pause(REFUSED_MS);
			}
			connection = undefined;
		}
		connection?.end();
	}

	const running = Promise.all(Array.from({ length: clients }, (_, name) => client(name)));
	return {
		seen,
		processes: (count) =>
			new Promise((resolve) => {
				look = () => seen.servedBy.size >= count && resolve();
				look();
			}),
		async turnover() {
			await Promise.allSettled(underWay);
		},
		async stop() {
			isOver = true;
			await running;
			return seen;
		},
	};
}

/** In one line, for a diagnostic and for the message of an assertion. */
export function inWords({ right, errors, connections, servedBy }: Seen): string {
	const faults = Object.entries(errors).map(([kind, count]) => `${count} x ${kind}`);
	const kinds = faults.length === 0 ? "no errors" : faults.join(", ");
	return `${right} right answers, ${kinds}; ${connections} connections, ${servedBy.size} processes`;
}

export const errorsOf = ({ errors }: Seen): number =>
	Object.values(errors).reduce((total, count) => total + count, 0);

interface Connection {
	isClosed(): boolean;
	/** Sends a request; rejects with the kind of the fault where no whole answer comes. */
	ask(body: string): Promise<Answer>;
	end(): void;
}

async function open(port: number): Promise<Connection> {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true });
	try {
		await once(socket, "connect");
	} catch (error) {
		throw new Error(`not connected (${(error as NodeJS.ErrnoException).code})`);
	}
	return speak(socket);
}

function speak(socket: Socket): Connection {
	let received = "";
	let how: string | undefined;
	let look = (): void => {};
	socket.setEncoding("latin1").setTimeout(NO_ANSWER_MS, () => socket.destroy(new Error("no answer")));
	socket.on("data", (piece: string) => {
		received += piece;
		look();
	});
	const closed = (reason: string): void => {
		how ??= reason;
		look();
	};
	socket.on("end", () => closed("end"));
	socket.on("error", (error: NodeJS.ErrnoException) => closed(error.code ?? error.message));
	socket.on("close", () => closed("close"));
	return {
		isClosed: () => how !== undefined,
		end: () => void socket.end(),
		ask: (body) =>
			new Promise((resolve, reject) => {
				if (received !== "") reject(new Error("bytes that nobody asked for"));
				look = () => {
					const answer = takeAnswer(received);
					if (answer === undefined && how === undefined) return;
					look = () => {};
					const where = received === "" ? "before" : "within";
					received = "";
					if (answer === undefined) reject(new Error(`closed ${where} the answer (${how})`));
					else resolve(answer);
				};
				socket.write(
					`POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
				);
			}),
	};
}
