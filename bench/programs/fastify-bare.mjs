/** Fastify and the routes. */
import fastify from "fastify";
import { addToFastify } from "./routes.mjs";
import { listening } from "./surroundings.mjs";

const app = fastify();
if (process.env.TURN) app.addHook("onRequest", (_request, _reply, done) => void setImmediate(done));
addToFastify(app);
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server);
