import { createApp } from "@production-ready/fastify";
import { HOST, PORT } from "./data.ts";
import { addRoutes } from "./fastify-routes.ts";

const app = await createApp();
addRoutes(app);
await app.listen({ port: PORT, host: HOST });
