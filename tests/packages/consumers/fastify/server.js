import { cspNonce, requestId } from "@production-ready/core/context";
import { onShutdown } from "@production-ready/core/lifecycle";
import { productionReady, serverOptions } from "@production-ready/fastify";
import Fastify from "fastify";

const app = Fastify(serverOptions());
app.register(productionReady);
app.get("/", async (request) => {
	request.log.info("a line of the program");
	return { id: request.id, fromContext: requestId(), nonce: cspNonce() };
});
app.get("/fault", async () => {
	throw new Error("a detail that clients must not see");
});
onShutdown("pool", () => console.log("the pool is closed"));
await app.listen({ port: 0 });
console.log(`port ${app.server.address().port}`);
