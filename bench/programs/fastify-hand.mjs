/** The stack that one assembles from the same packages, by their READMEs. */
import { randomUUID } from "node:crypto";
import compress from "@fastify/compress";
import cookies from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import session from "@fastify/session";
import fastify from "fastify";
import { addToFastify } from "./routes.mjs";
import { cookie, limit, listening, redisUrl, secret, windowMs } from "./surroundings.mjs";

// Who keeps all in memory loads no client of Redis.
const { RedisStore } = redisUrl ? await import("connect-redis") : {};
const { Redis } = redisUrl ? await import("ioredis") : {};

const client = redisUrl && new Redis(redisUrl);
const app = fastify({
	logger: true,
	requestIdHeader: "x-request-id",
	genReqId: () => randomUUID(),
	// A number of hops trusts nobody since 5.12: it cannot tell who the peer is.
	trustProxy: "127.0.0.1",
});
app.addHook("onRequest", (request, reply, done) => {
	reply.header("x-request-id", request.id);
	done();
});
await app.register(helmet);
await app.register(rateLimit, {
	max: limit,
	timeWindow: windowMs,
	enableDraftSpec: true,
	...(client && { redis: client }),
});
await app.register(compress);
await app.register(cookies);
await app.register(session, {
	secret,
	saveUninitialized: false,
	cookie,
	...(client && { store: new RedisStore({ client }) }),
});
addToFastify(app);
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server);
