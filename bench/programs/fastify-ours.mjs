/** Fastify with the one line. */
import { createApp } from "@production-ready/fastify";
import { addToFastify } from "./routes.mjs";
import { idleMs, limit, listening, patience, windowMs } from "./surroundings.mjs";

const app = await createApp({
	...patience,
	rateLimit: { limit, windowMs },
	session: { idleTimeoutMs: idleMs },
});
addToFastify(app);
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server);
