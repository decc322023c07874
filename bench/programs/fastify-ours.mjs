/** Fastify with the one line. */
import { createApp } from "@production-ready/fastify";
import pino from "pino";
import { addToFastify } from "./routes.mjs";
import { idleMs, limit, listening, logFile, windowMs } from "./surroundings.mjs";

const app = await createApp({
	...(logFile === "stdout" ? {} : { logging: { logger: pino(pino.destination(logFile)) } }),
	rateLimit: { limit, windowMs },
	session: { idleTimeoutMs: idleMs },
});
addToFastify(app);
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server);
