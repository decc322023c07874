import fastify = require("fastify");
import productionReady = require("@production-ready/fastify");

const app = fastify(productionReady.serverOptions({ preset: "internal" }));
app.register(productionReady.productionReady, { rateLimit: { key: (request) => request.ip } });
app.get("/", async (request) => {
	request.log.info("a line");
	return { id: request.id, session: request.session.sessionId };
});
