import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { TestContext } from "node:test";

/**
 * Below the range that systems give to outgoing connections (from 32768 on Linux). A server that is down for a while
 * would lose such a port to any connection; a client that tries to reach it may even be connected to itself.
 */
const FIRST = 10_000;

/** Test files run at the same time: each process has ports of its own, and holds the first of them as long as it lives. */
const PORTS_OF_A_PROCESS = 100;
const SHARES = 100;

/** Where the nodes of a cluster of Redis talk to each other. */
const BUS_OFFSET = 10_000;

let share: Promise<number> | undefined;
let picked = 0;

/** A port that another program has, until the test is over. */
export async function takenPort(test: TestContext): Promise<number> {
	const server = createServer().listen(0);
	await once(server, "listening");
	test.after(() => server.close());
	return (server.address() as AddressInfo).port;
}

/** A port that nobody has, and that will be free again when its server comes back; the same holds for the bus of a cluster. */
export async function portToKeep(): Promise<number> {
	share ??= holdShare();
	const first = await share;
	for (let tries = 1; tries < PORTS_OF_A_PROCESS; tries++) {
		const port = first + 1 + (picked++ % (PORTS_OF_A_PROCESS - 1));
		if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
	}
	throw new Error(`no free port from ${first} on`);
}

/** Resolves to the first port of a share that no other process holds. */
async function holdShare(): Promise<number> {
	for (let tries = 0; tries < SHARES; tries++) {
		const first = FIRST + ((process.pid + tries) % SHARES) * PORTS_OF_A_PROCESS;
		const holder = await listen(first);
		holder?.unref();
		if (holder !== undefined) return first;
	}
	throw new Error(`all ports for tests from ${FIRST} on are held by other processes`);
}

async function isFree(port: number): Promise<boolean> {
	const server = await listen(port);
	if (server === undefined) return false;
	server.close();
	await once(server, "close");
	return true;
}

/** Resolves to nothing where somebody has the port. */
async function listen(port: number): Promise<Server | undefined> {
	const server = createServer().listen(port, "127.0.0.1");
	try {
		await once(server, "listening");
		return server;
	} catch {
		return undefined;
	}
}
