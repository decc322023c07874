import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the range that systems give to outgoing connections (from 32768 on Linux). A server that is down for a while
 * would lose such a port to any connection; a client that tries to reach it may even be connected to itself.
 */
const FIRST = 10_000;

/** Test files run at the same time: each process has ports of its own. */
const PORTS_OF_A_PROCESS = 100;

const FIRST_OF_THIS = FIRST + (process.pid % 100) * PORTS_OF_A_PROCESS;

/** Where the nodes of a cluster talk to each other. */
const BUS_OFFSET = 10_000;

let picked = 0;

/** A port that nobody has, and that will be free again when its server comes back; the same holds for the bus of a cluster. */
export async function portToKeep(): Promise<number> {
	for (let tries = 0; tries < PORTS_OF_A_PROCESS; tries++) {
		const port = FIRST_OF_THIS + (picked++ % PORTS_OF_A_PROCESS);
		if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
	}
	throw new Error(`no free port from ${FIRST_OF_THIS} on`);
}

async function isFree(port: number): Promise<boolean> {
	const server = createServer().listen(port, "127.0.0.1");
	try {
		await once(server, "listening");
	} catch {
		return false;
	}
	server.close();
	await once(server, "close");
	return true;
}
