import { getContext } from "@production-ready/core/context";
import { addReadinessCheck } from "@production-ready/core/health";
import { onShutdown } from "@production-ready/core/lifecycle";
import { createApp } from "@production-ready/fastify";

/** Stands in for a pool of connections. */
const pool = { ping: async () => true, end: async () => {} };

const app = await createApp();

addReadinessCheck("database", () => pool.ping());
onShutdown("database", () => pool.end());

app.get<{ Params: { id: string } }>("/users/:id", async (request) => {
	request.log.info({ user: request.params.id }, "looked up");
	return { id: request.params.id, requestId: getContext()?.requestId };
});

// Five in a minute, counted apart from the app's own limit.
app.post("/login", { config: { productionReady: { rateLimit: { limit: 5 } } } }, async (_request, reply) => {
	reply.code(204);
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: process.env.HOST ?? "localhost" });
