// The factory, from CommonJS.
const { cspNonce, requestId } = require("@production-ready/core/context");
const { onShutdown } = require("@production-ready/core/lifecycle");
const { createApp } = require("@production-ready/fastify");

createApp().then(async (app) => {
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
});
