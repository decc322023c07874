/** The stack that one assembles from the same packages, by their READMEs. */
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import session from "@fastify/session";
import { RedisStore } from "connect-redis";
import fastify from "fastify";
import { Redis } from "ioredis";
import { addToFastify } from "./routes.mjs";
import { idleMs, limit, listening, logFile, redisUrl, secret, windowMs } from "./surroundings.mjs";

const client = redisUrl && new Redis(redisUrl);
const app = fastify({ logger: { file: logFile }, trustProxy: 1 });
await app.register(helmet);
await app.register(rateLimit, {
	max: limit,
	timeWindow: windowMs,
	enableDraftSpec: true,
	...(client && { redis: client }),
});
await app.register(compress);
await app.register(cookie);
await app.register(session, {
	secret,
	saveUninitialized: false,
	cookie: { secure: false, maxAge: idleMs },
	...(client && { store: new RedisStore({ client }) }),
});
addToFastify(app);
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server);
