import { fastify } from "fastify";
import { HOST, PORT } from "./data.ts";
import { addRoutes } from "./fastify-routes.ts";

const app = fastify();
addRoutes(app);
await app.listen({ port: PORT, host: HOST });
