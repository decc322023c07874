import * as parts from "@production-ready/fastify";
import {
	createApp,
	errorHandler,
	type Options,
	productionReady,
	serverOptions,
} from "@production-ready/fastify";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";

/** Fails to compile for `any`, which is what a type becomes that could not be found. */
type Known<T> = 0 extends 1 & T ? never : T;
function known<T>(value: Known<T>): void {
	void value;
}

const options: Options = {
	preset: "web",
	platform: ["kubernetes", "aws-alb"],
	logging: { fields: (request) => ({ route: request.routeOptions.url }) },
	rateLimit: { limit: 5, key: (request) => request.ip, skip: (request) => request.url === "/" },
};

const app = Fastify({ ...serverOptions(options), bodyLimit: 1_000 });
await app.register(productionReady, options);
app.register(productionReady);
app.register(productionReady, { rateLimit: { key: (request) => request.ip } });

app.get("/", async (request, reply) => {
	known<typeof request.id>(request.id);
	known<typeof request.log>(request.log);
	known<typeof request.session>(request.session);
	request.log.info({ id: request.id }, "a line");
	request.session.cookie.maxAge = 1_000;
	await request.session.destroy();
	return reply.send({ id: request.id, sessionId: request.session.sessionId });
});
app.get("/own", { config: { productionReady: { rateLimit: { limit: 5 } } } }, async () => "limited");
// @ts-expect-error a route's options have types as well; an unknown key is found at boot, Fastify allows more keys
app.get("/wrong", { config: { productionReady: { rateLimit: { limit: "5" } } } }, async () => "");
app.setErrorHandler(errorHandler());
app.register(parts.headers, { xFrameOptions: false });
app.register(parts.rateLimit, { limit: 5 });
app.register(parts.compression, { threshold: 1_000 });

const created: FastifyInstance = await createApp(options, { bodyLimit: 1_000 });
known<typeof created>(created);
const secure = await createApp(options, { https: { key: "", cert: "" } });
secure.server.setSecureContext({});

// @ts-expect-error a room that does not exist
app.register(productionReady, { ratelimit: {} });
// @ts-expect-error `true` is not a value
serverOptions({ rateLimit: true });
// @ts-expect-error an option that does not exist
serverOptions({ rateLimit: { max: 5 } });
// @ts-expect-error a Fastify request has no `path`, which is Express'
serverOptions({ rateLimit: { key: (request) => request.path } });

const fields: NonNullable<Exclude<Options["logging"], false | undefined>["fields"]> = (request) => {
	known<typeof request>(request);
	const native: FastifyRequest = request;
	return { url: native.url };
};
known<typeof fields>(fields);

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
app.register(parts.session, { secret: "one", store, genid: (request) => request.url });
app.post("/login", async (request) => {
	await parts.logIn(request, { user: "ada" });
	await parts.logOut(request);
});
productionReady(app, { session: { secret: ["newer", "older"], store, onOutage: "anonymous" } });
