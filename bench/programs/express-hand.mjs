/** The stack that one assembles from the same packages, by their READMEs. */
import { randomUUID } from "node:crypto";
import compression from "compression";
import express from "express";
import { rateLimit } from "express-rate-limit";
import session from "express-session";
import helmet from "helmet";
import { pinoHttp } from "pino-http";
import { addToExpress } from "./routes.mjs";
import { cookie, limit, listening, redisUrl, secret, windowMs } from "./surroundings.mjs";

// Who keeps all in memory loads no client of Redis.
const { RedisStore: SessionStore } = redisUrl ? await import("connect-redis") : {};
const { Redis } = redisUrl ? await import("ioredis") : {};
const { RedisStore: LimitStore } = redisUrl ? await import("rate-limit-redis") : {};

const client = redisUrl && new Redis(redisUrl);
const app = express();
app.set("trust proxy", 1);
app.use(
	pinoHttp({
		genReqId(request, response) {
			const id = request.headers["x-request-id"] ?? randomUUID();
			response.setHeader("X-Request-Id", id);
			return id;
		},
	}),
);
app.use(helmet());
app.use(
	rateLimit({
		limit,
		windowMs,
		standardHeaders: "draft-8",
		legacyHeaders: false,
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
		...(client && { store: new SessionStore({ client }) }),
	}),
);
addToExpress(app);
const server = app.listen(0, "127.0.0.1", () => listening(server));
