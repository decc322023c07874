/** The same packages in the hands of somebody who knows where each of them can be made cheaper. */
import { randomUUID } from "node:crypto";
import compression from "compression";
import express from "express";
import { rateLimit } from "express-rate-limit";
import session from "express-session";
import helmet from "helmet";
import pino from "pino";
import { pinoHttp } from "pino-http";
import { addToExpress } from "./routes.mjs";
import { cookie, limit, listening, redisUrl, secret, windowMs } from "./surroundings.mjs";

// Who keeps all in memory loads no client of Redis.
const { RedisStore: SessionStore } = redisUrl ? await import("connect-redis") : {};
const { Redis } = redisUrl ? await import("ioredis") : {};
const { RedisStore: LimitStore } = redisUrl ? await import("rate-limit-redis") : {};

const client = redisUrl && new Redis(redisUrl, { enableAutoPipelining: true });
const app = express();
app.set("trust proxy", 1);
app.use(
	pinoHttp({
		logger: pino(pino.destination({ dest: 1, minLength: 4096, sync: false })),
		genReqId(request, response) {
			const id = request.headers["x-request-id"] ?? randomUUID();
			response.setHeader("x-request-id", id);
			return id;
		},
		quietReqLogger: true,
		serializers: {
			req: ({ id, method, url, raw }) => ({ id, method, url, ip: raw.ip }),
			res: ({ statusCode }) => ({ statusCode }),
		},
	}),
);
app.use(helmet());
app.use(
	rateLimit({
		limit,
		windowMs,
		standardHeaders: "draft-6",
		legacyHeaders: false,
		validate: false,
		...(client && { store: new LimitStore({ sendCommand: (...args) => client.call(...args) }) }),
	}),
);
app.use(compression());
app.use(
	session({
		secret,
		resave: false,
		saveUninitialized: false,
		cookie,
		...(client && { store: new SessionStore({ client, disableTouch: true }) }),
	}),
);
addToExpress(app);
const server = app.listen(0, "127.0.0.1", () => listening(server));
