/** The same packages in the hands of somebody who knows where each of them can be made cheaper. */
import { randomUUID } from "node:crypto";
import compress from "@fastify/compress";
import cookies from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import session from "@fastify/session";
import fastify, { LogController } from "fastify";
import pino from "pino";
import { addToFastify } from "./routes.mjs";
import { cookie, limit, listening, redisUrl, secret, windowMs } from "./surroundings.mjs";

// Who keeps all in memory loads no client of Redis.
const { RedisStore } = redisUrl ? await import("connect-redis") : {};
const { Redis } = redisUrl ? await import("ioredis") : {};

const client = redisUrl && new Redis(redisUrl, { enableAutoPipelining: true });
const app = fastify({
	loggerInstance: pino(
		{
			serializers: {
				req: ({ method, url, ip }) => ({ method, url, ip }),
				res: ({ statusCode }) => ({ statusCode }),
			},
		},
		pino.destination({ dest: 1, minLength: 4096, sync: false }),
	),
	logController: new LogController({ disableRequestLogging: true }),
	requestIdHeader: "x-request-id",
	genReqId: () => randomUUID(),
	// A number of hops trusts nobody since 5.12: it cannot tell who the peer is.
	trustProxy: "127.0.0.1",
});
app.addHook("onRequest", (request, reply, done) => {
	reply.header("x-request-id", request.id);
	done();
});
app.addHook("onResponse", (request, reply, done) => {
	request.log.info({ req: request, res: reply, responseTime: reply.elapsedTime }, "request completed");
	done();
});
await app.register(helmet);
await app.register(rateLimit, { max: limit, timeWindow: windowMs, ...(client && { redis: client }) });
await app.register(compress);
await app.register(cookies);
await app.register(session, {
	secret,
	saveUninitialized: false,
	rolling: false,
	cookie,
	...(client && { store: new RedisStore({ client, disableTouch: true }) }),
});
addToFastify(app);
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server);
