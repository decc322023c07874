/** The network between a client and a Redis, with its faults. */
import { once } from "node:events";
import { createServer } from "node:net";
import { portToKeep } from "../../process/ports.ts";
import { type Link, link } from "./link.ts";
import type { Owner } from "./member.ts";

export interface Proxy {
	readonly port: number;
	readonly url: string;
	/** From now on the server's answers come that much later, in their order. */
	delay(ms: number): void;
	/** From now on nothing passes, on any connection; new ones are accepted. Nobody is told, as in a partition. */
	blackHole(): void;
	/** Resets all connections and refuses new ones. */
	refuse(): Promise<void>;
	/**
	 * Ends every fault. Connections that were in a black hole stay there for good, unless they are kept: then they pass
	 * bytes again. What was swallowed is lost either way.
	 */
	heal(how?: { readonly keepsConnections?: boolean }): Promise<void>;
	/** Resets all connections; new ones are accepted. */
	dropAll(): void;
	/**
	 * How often a client began to send, at first or after an answer had come: commands that leave together are one. Counted
	 * on every connection that ever was, and summed up. With a delay it shows what waits for an answer and what does not.
	 */
	roundTrips(): number;
	/** Clients' connections that are open. */
	connections(): number;
}

export async function startProxy(owner: Owner, targetPort: number): Promise<Proxy> {
	const port = await portToKeep();
	const links: Link[] = [];
	let delayMs = 0;
	let isBlackHole = false;
	const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
		// It was on its way when the listener closed.
		if (!server.listening) {
			client.resetAndDestroy();
			return;
		}
		const added = link(client, { targetPort, delayMs: () => delayMs });
		if (isBlackHole) added.swallow();
		links.push(added);
	});
	const listen = async (): Promise<void> => {
		server.listen(port, "127.0.0.1");
		await once(server, "listening");
	};
	const dropAll = (): void => {
		for (const { cut } of links) cut();
	};
	const refuse = async (): Promise<void> => {
		if (!server.listening) return;
		server.close();
		dropAll();
		await once(server, "close");
	};
	await listen();
	owner.after(refuse);
	return {
		port,
		url: `redis://127.0.0.1:${port}`,
		delay(ms) {
			delayMs = ms;
		},
		blackHole() {
			isBlackHole = true;
			for (const { swallow } of links) swallow();
		},
		refuse,
		async heal({ keepsConnections = false } = {}) {
			delayMs = 0;
			isBlackHole = false;
			if (keepsConnections) for (const { pass } of links) pass();
			if (!server.listening) await listen();
		},
		dropAll,
		roundTrips: () => links.reduce((sum, { batches }) => sum + batches(), 0),
		connections: () => links.filter(({ isOpen }) => isOpen()).length,
	};
}
