import { createApp } from "@production-ready/fastify";
import { route } from "./fastify-routes.mjs";
import { options, port, serving } from "./stage.mjs";

const app = await createApp(options, { http2: true });
route(app);
await app.listen({ port });
serving(app.server, () => app.close());
