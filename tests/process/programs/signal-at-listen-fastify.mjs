import { createApp } from "@production-ready/fastify";

const app = await createApp();
// It listens on one address of localhost, and looks for the others.
app.server.once("listening", () => setImmediate(() => process.emit("SIGTERM", "SIGTERM")));
await app.listen({ port: 0 });
