import { type Options as CoreOptions, explain, ProductionReadyError } from "@production-ready/core";
import { getContext } from "@production-ready/core/context";
import { defineEnv, duration, port, secret } from "@production-ready/core/env";
import { addReadinessCheck } from "@production-ready/core/health";
import { adopt, onShutdown } from "@production-ready/core/lifecycle";
import * as parts from "@production-ready/express";
import { createApp, errorHandler, type Options, productionReady } from "@production-ready/express";
import express, { type Express, type Request, type RequestHandler } from "express";

/** Fails to compile for `any`, which is what a type becomes that could not be found. */
type Known<T> = 0 extends 1 & T ? never : T;
function known<T>(value: Known<T>): void {
	void value;
}

const options: Options = {
	preset: "web",
	platform: ["kubernetes", "aws-alb"],
	logging: { level: "debug", fields: (req) => ({ agent: req.get("user-agent") }) },
	rateLimit: { limit: 5, key: (req) => req.ip ?? "", skip: (req) => req.path.startsWith("/static/") },
	headers: { crossOriginEmbedderPolicy: false },
	compression: false,
	shutdown: { deadlineMs: 5_000 },
};

const app: Express = express();
app.use(productionReady());
app.use(productionReady(options));
app.use(productionReady({ rateLimit: { key: (req) => req.ip ?? "" } }));

app.get("/", (req, res) => {
	known<typeof req.id>(req.id);
	known<typeof req.log>(req.log);
	known<typeof req.session>(req.session);
	req.log.info({ id: req.id }, "a line");
	req.session.cookie.maxAge = 1_000;
	req.session.destroy(() => {});
	res.json({ id: String(req.id), sessionId: req.sessionID });
});
app.get("/own", parts.rateLimit({ limit: 5 }), parts.headers({ xFrameOptions: false }), parts.compression());
app.use(errorHandler());

const handler: RequestHandler = productionReady();
known<typeof handler>(handler);
const created: Express = createApp(options, { "json spaces": 2 });
known<ReturnType<typeof createApp>>(created);

// @ts-expect-error a room that does not exist
productionReady({ ratelimit: {} });
// @ts-expect-error `true` is not a value
productionReady({ rateLimit: true });
// @ts-expect-error an option that does not exist
productionReady({ rateLimit: { max: 5 } });
// @ts-expect-error a unit is in the name, and the value is a number
productionReady({ shutdown: { deadlineMs: "5s" } });
// @ts-expect-error a preset that does not exist
productionReady({ preset: "website" });
// @ts-expect-error a platform that does not exist
productionReady({ platform: "aws" });
// @ts-expect-error an Express request has no `routeOptions`, which is Fastify's
productionReady({ rateLimit: { key: (req) => req.routeOptions.url } });
// @ts-expect-error the options of a part are checked as well
parts.rateLimit({ max: 5 });

const fields: NonNullable<Exclude<Options["logging"], false | undefined>["fields"]> = (req) => {
	known<typeof req>(req);
	const request: Request = req;
	return { path: request.path };
};
known<typeof fields>(fields);

const env = defineEnv({ PORT: port(), API_KEY: secret(), WAIT: duration() });
const portNumber: number = env.PORT;
known<typeof env.PORT>(portNumber);
known<typeof env.API_KEY>(env.API_KEY);
// @ts-expect-error a variable that was not declared
env.HOST;

const coreOptions: CoreOptions = { preset: "internal" };
const text: string = explain(coreOptions);
addReadinessCheck("database", async () => {});
const remove: () => void = onShutdown("pool", () => {}, { timeoutMs: 100 });
known<ReturnType<typeof getContext>>(getContext());
getContext()?.log.warn(text);
try {
	await using server = adopt(app.listen(0));
	await server.close();
} catch (error) {
	if (error instanceof ProductionReadyError && error.code === "CONFIG_INVALID") console.error(error.hint);
}
remove();

const store = {
	get(_id: string, done: (error: unknown, session?: { user: string } | null) => void) {
		done(null);
	},
	set(_id: string, _session: object, done?: (error?: unknown) => void) {
		done?.();
	},
	destroy(_id: string, done?: (error?: unknown) => void) {
		done?.();
	},
};
app.use(
	parts.session({ secret: ["newer", "older"], store, cookie: { maxAge: 1_000 }, genid: (req) => req.path }),
);
app.post("/login", async (req) => {
	await parts.logIn(req, { user: "ada" });
	await parts.logOut(req);
});
productionReady({
	session: { secret: env.API_KEY, store, onOutage: "anonymous", cookie: { sameSite: "strict" } },
});
// @ts-expect-error milliseconds are in the name
productionReady({ session: { idleTimeout: 5 } });
