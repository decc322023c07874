/** The same app on each framework, with and without ours: it answers everything, and tells what reached it. */
import http, { type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Options } from "@production-ready/core";
import { type FastifyInstance, fastify } from "fastify";
import {
	type ExpressLibrary,
	express4,
	express5,
	type Factory,
	fresh,
	listen,
	type Server,
} from "../contract/servers.ts";

/** A conversation that the client does not end is ended by these. */
export const SHORT = { keepAliveTimeoutMs: 250, headersTimeoutMs: 500, requestTimeoutMs: 600 } as const;

export interface Echo extends Server {
	/** What reached the app over the connection from this port: `POST /`. */
	reached(port: number): readonly string[];
	/** The ports that the app was asked from, in their order. */
	readonly askedFrom: readonly number[];
}

/** What has reached an app. */
function arrivals() {
	const all: { from: number; what: string }[] = [];
	return {
		note: ({ method, url, socket }: IncomingMessage): void =>
			void all.push({ from: socket.remotePort ?? 0, what: `${method} ${url}` }),
		reached: (port: number) => all.filter(({ from }) => from === port).map(({ what }) => what),
		get askedFrom() {
			return all.map(({ from }) => from);
		},
	};
}

type Arrivals = ReturnType<typeof arrivals>;

export async function startOurs(t: TestContext, factory: Factory, options: Options = {}): Promise<Echo> {
	const seen = arrivals();
	const server = await factory.start(t, {
		options: { rateLimit: false, server: SHORT, ...options },
		afterRoutes: {
			express: (app) => void app.use(echoOnNode(seen)),
			fastify: (app) => echoOnFastify(app, seen),
		},
	});
	return Object.assign(seen, server);
}

/** The framework as it comes, with the same timeouts. */
export async function startBare(t: TestContext, factory: Factory): Promise<Echo> {
	fresh(t);
	const seen = arrivals();
	const timeouts = {
		connectionsCheckingInterval: 100,
		headersTimeout: SHORT.headersTimeoutMs,
		requestTimeout: SHORT.requestTimeoutMs,
		keepAliveTimeout: SHORT.keepAliveTimeoutMs,
	};
	if (factory.framework === "express") {
		const app = (factory.name === "Express 4" ? express4 : express5)();
		app.use(echoOnNode(seen));
		return Object.assign(seen, await listen(t, http.createServer(timeouts, app)));
	}
	const { requestTimeout, keepAliveTimeout } = timeouts;
	const app = fastify({ http: timeouts, requestTimeout, keepAliveTimeout });
	echoOnFastify(app, seen);
	return Object.assign(seen, await listen(t, app));
}

type Handler = Parameters<ReturnType<ExpressLibrary>["use"]>[0];

/** So that an answer that is another one's shows. */
const said = ({ method, url }: IncomingMessage, bytes: number): string => `${method} ${url} ${bytes} bytes`;

function echoOnNode({ note }: Arrivals): Handler {
	return ((request: IncomingMessage, response: http.ServerResponse, next: (error: unknown) => void) => {
		note(request);
		buffer(request).then((body) => void response.end(said(request, body.length)), next);
	}) as never;
}

function echoOnFastify(app: FastifyInstance, { note }: Arrivals): void {
	app.removeAllContentTypeParsers();
	app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
	app.all("/*", (request, reply) => {
		note(request.raw);
		reply.send(said(request.raw, (request.body as Buffer | undefined)?.length ?? 0));
	});
}
