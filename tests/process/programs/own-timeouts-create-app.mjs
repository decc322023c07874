import { createApp } from "@production-ready/fastify";
import { options, serving } from "./stage.mjs";

const app = await createApp(options, { keepAliveTimeout: 30_000, http: { headersTimeout: 10_000 } });
await app.listen({ port: 0 });
serving(app.server);
