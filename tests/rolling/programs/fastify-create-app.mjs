import { createApp } from "@production-ready/fastify";
import { NAME, options, port, tellListening, work } from "./stage.mjs";

const app = await createApp(options);
app.post("/echo", async (request, reply) => {
	await work();
	return reply.headers(NAME).send(request.body);
});
await app.listen({ port });
tellListening();
