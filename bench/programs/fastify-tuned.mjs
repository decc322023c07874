/** The same packages in the hands of somebody who knows where each of them can be made cheaper. */
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import session from "@fastify/session";
import { RedisStore } from "connect-redis";
import fastify from "fastify";
import { Redis } from "ioredis";
import pino from "pino";
import { addToFastify } from "./routes.mjs";
import { idleMs, limit, listening, logFile, redisUrl, secret, windowMs } from "./surroundings.mjs";

const client = redisUrl && new Redis(redisUrl, { enableAutoPipelining: true });
const app = fastify({
	loggerInstance: pino(
		{
			serializers: {
				req: ({ method, url, ip }) => ({ method, url, ip }),
				res: ({ statusCode }) => ({ statusCode }),
			},
		},
		pino.destination({ dest: logFile, minLength: 4096, sync: false }),
	),
	disableRequestLogging: true,
	trustProxy: 1,
});
app.addHook("onResponse", (request, reply, done) => {
	request.log.info({ req: request, res: reply, responseTime: reply.elapsedTime }, "request completed");
	done();
});
await app.register(helmet);
await app.register(rateLimit, { max: limit, timeWindow: windowMs, ...(client && { redis: client }) });
await app.register(compress);
await app.register(cookie);
await app.register(session, {
	secret,
	saveUninitialized: false,
	rolling: false,
	cookie: { secure: false, maxAge: idleMs },
	...(client && { store: new RedisStore({ client, disableTouch: true }) }),
});
addToFastify(app);
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server);
