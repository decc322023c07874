import { productionReady } from "@production-ready/fastify";
import Fastify from "fastify";
import { route } from "./fastify-routes.mjs";
import { options, port, serving, starting } from "./stage.mjs";

const app = Fastify();
app.register(productionReady, options);
route(app);
await starting();
await app.listen({ port });
serving(app.server, () => app.close());
