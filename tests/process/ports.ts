import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { TestContext } from "node:test";

/** A port that another program has, until the test is over. */
export async function takenPort(test: TestContext): Promise<number> {
	const server = createServer().listen(0);
	await once(server, "listening");
	test.after(() => server.close());
	return (server.address() as AddressInfo).port;
}

/** A port that nobody has. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0);
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}
