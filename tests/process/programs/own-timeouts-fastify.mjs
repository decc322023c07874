import { productionReady } from "@production-ready/fastify";
import Fastify from "fastify";
import { options, serving } from "./stage.mjs";

const app = Fastify({ keepAliveTimeout: 30_000, http: { headersTimeout: 10_000 } });
app.register(productionReady, options);
await app.listen({ port: 0 });
serving(app.server);
