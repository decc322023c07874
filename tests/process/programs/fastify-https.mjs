import { createApp } from "@production-ready/fastify";
import { route } from "./fastify-routes.mjs";
import { options, port, serving, starting, tls } from "./stage.mjs";

const app = await createApp(options, { https: tls });
route(app);
await starting();
await app.listen({ port });
serving(app.server, () => app.close());
