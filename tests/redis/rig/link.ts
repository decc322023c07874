import { connect, type Socket } from "node:net";

/** One connection through a proxy: a client's socket, one to the server, and what happens between them. */
export interface Link {
	isOpen(): boolean;
	/** From now on nothing passes, neither bytes nor an end, and nobody is told. */
	swallow(): void;
	/** From now on everything passes; what was swallowed is lost. One that has ended meanwhile is cut. */
	pass(): void;
	/** Resets it. */
	cut(): void;
	/** How often the client began to send, at first or after an answer had come. */
	batches(): number;
}

export interface Way {
	readonly targetPort: number;
	/** What an answer that comes now has to wait. */
	delayMs(): number;
}

export function link(client: Socket, { targetPort, delayMs }: Way): Link {
	const target = connect({ port: targetPort, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
	let isSwallowing = false;
	let isClientsTurn = true;
	let batches = 0;

	const forth = (send: () => void): void => {
		if (!isSwallowing) send();
	};
	const late: (() => void)[] = [];
	let dueMs = 0;
	/** Each timer delivers what came first, so that answers stay in order where the delay changes. */
	const back = (send: () => void): void => {
		const nowMs = performance.now();
		dueMs = Math.max(dueMs, nowMs + delayMs());
		late.push(send);
		const deliver = (): void => forth(late.shift()!);
		if (late.length === 1 && dueMs === nowMs) deliver();
		else setTimeout(deliver, dueMs - nowMs).unref();
	};

	client.on("data", (bytes) => {
		if (isClientsTurn) batches++;
		isClientsTurn = false;
		forth(() => target.write(bytes));
	});
	target.on("data", (bytes) => {
		back(() => {
			isClientsTurn = true;
			client.write(bytes);
		});
	});
	client.on("end", () => forth(() => target.end()));
	target.on("end", () => back(() => client.end()));
	client.on("close", (hasFailed) => forth(() => close(target, hasFailed)));
	target.on("close", (hasFailed) => back(() => close(client, hasFailed)));
	// What went wrong is told by "close".
	for (const socket of [client, target]) socket.on("error", () => {});

	const cut = (): void => {
		for (const socket of [client, target]) reset(socket);
	};
	return {
		isOpen: () => !client.destroyed,
		swallow() {
			isSwallowing = true;
		},
		pass() {
			if (!isSwallowing) return;
			isSwallowing = false;
			if ([client, target].some(({ destroyed, readableEnded }) => destroyed || readableEnded)) cut();
		},
		cut,
		batches: () => batches,
	};
}

/** One that is saying goodbye already cannot be reset, and would be there for ever. */
function reset(socket: Socket): void {
	if (socket.writableEnded) socket.destroy();
	else socket.resetAndDestroy();
}

function close(socket: Socket, hasFailed: boolean): void {
	if (hasFailed) reset(socket);
	else socket.destroySoon();
}
