/** The kinds of server that slow clients meet: every adapter, TLS, HTTP/2, and a server beside the app without a framework. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import { Readable } from "node:stream";
import type { TestContext } from "node:test";
import type { Options } from "@production-ready/core";
import { productionReady as onExpress } from "@production-ready/express";
import { productionReady as onFastify } from "@production-ready/fastify";
import { type FastifyInstance, fastify } from "fastify";
import {
	type Answer,
	addExpressRoute,
	addFastifyRoute,
	type Call,
	captureLog,
	express5,
	FACTORIES,
	fresh,
	type Log,
	type Route,
} from "../contract/servers.ts";
import { certificate } from "../process/certificate.ts";

export interface Kind {
	readonly name: string;
	readonly isTls?: true;
	readonly isHttp2?: true;
	start(t: TestContext, server: Options["server"], routes: readonly Route[]): Promise<Started>;
}

export interface Started extends Pick<Log, "line" | "lines"> {
	readonly port: number;
	/** Absent where the factory of an adapter keeps it to itself. */
	readonly server?: NetServer;
}

/** Nothing but the server's own limits stands in the way. */
const openTo = (server: Options["server"]) => ({ server, rateLimit: false }) as const;

function secrets(): { key: Buffer; cert: Buffer } {
	const { TLS_KEY = "", TLS_CERT = "" } = certificate();
	return { key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) };
}

const ADAPTERS: readonly Kind[] = FACTORIES.map(({ name, start }) => ({
	name,
	start: (t, server, routes) => start(t, { options: openTo(server), routes }),
}));

export const EXPRESS: Kind = expressKind("Express 5", http.createServer, {});
export const EXPRESS_HTTPS: Kind = expressKind(
	"Express 5 over TLS",
	(app) => https.createServer(secrets(), app),
	{ isTls: true },
);
export const FASTIFY: Kind = fastifyKind("Fastify", () => fastify(), {});

export const FASTIFY_HTTP2: Kind = fastifyKind("Fastify, HTTP/2", () => fastify({ http2: true }) as never, {
	isHttp2: true,
});

/** Found by itself, as soon as the process has ours. */
export const BESIDE: Kind = {
	name: "node:http beside an app",
	start(t, server, routes) {
		const { log, options } = prepare(t, server);
		onExpress(options);
		const program = http.createServer((request, response) => {
			const route = routes.find(({ path }) => path === request.url);
			sendByNode(response, route?.handle(callOf(request, response)) as Answer | undefined);
		});
		return listening(t, program, log);
	},
};

export const KINDS: readonly Kind[] = [
	...ADAPTERS,
	EXPRESS_HTTPS,
	fastifyKind("Fastify over TLS", () => fastify({ https: secrets() }) as never, { isTls: true }),
	FASTIFY_HTTP2,
	fastifyKind("Fastify, HTTP/2 over TLS", () => fastify({ http2: true, https: secrets() }) as never, {
		isTls: true,
		isHttp2: true,
	}),
	BESIDE,
];

function expressKind(
	name: string,
	build: (app: http.RequestListener) => NetServer,
	how: Pick<Kind, "isTls">,
): Kind {
	return {
		name,
		...how,
		start(t, server, routes) {
			const { log, options } = prepare(t, server);
			const app = express5();
			app.use(onExpress(options));
			for (const route of routes) addExpressRoute(app, express5, route);
			return listening(t, build(app), log);
		},
	};
}

function fastifyKind(name: string, build: () => FastifyInstance, how: Pick<Kind, "isTls" | "isHttp2">): Kind {
	return {
		name,
		...how,
		async start(t, server, routes) {
			const { log, options } = prepare(t, server);
			const app = build();
			void app.register(onFastify, options as never);
			for (const route of routes) addFastifyRoute(app, route);
			await app.listen({ port: 0, host: "127.0.0.1" });
			// Its clients, which it waits for, end after it.
			t.after(() => void app.close());
			return { ...log, server: app.server, port: (app.server.address() as AddressInfo).port };
		},
	};
}

function prepare(t: TestContext, server: Options["server"]) {
	fresh(t);
	const log = captureLog();
	return { log, options: { platform: "plain", ...openTo(server), logging: { logger: log.logger } } as const };
}

async function listening(t: TestContext, server: NetServer, log: Log): Promise<Started> {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => {
		server.close();
		(server as http.Server).closeAllConnections();
	});
	return { ...log, server, port: (server.address() as AddressInfo).port };
}

function callOf(request: IncomingMessage, response: ServerResponse): Call {
	return { request, response } as unknown as Call;
}

function sendByNode(response: ServerResponse, answer: Answer | undefined): void {
	if (answer?.body instanceof Readable) answer.body.pipe(response);
	else if (answer !== undefined) response.end(answer.body);
}
