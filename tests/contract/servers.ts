import { EventEmitter, once } from "node:events";
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import net, { type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { describe, type TestContext } from "node:test";
import type { Logger, Options } from "@production-ready/core";
import { uninstall } from "@production-ready/core/lifecycle";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import express5, { type Express, type NextFunction, type Request, type Response } from "express";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { type LoggerOptions, pino } from "pino";
import "../built.ts";

export { express5 };
export type ExpressLibrary = typeof express5;
/** Express 4 has no types of its own here; the tests use what both have. */
export const express4: ExpressLibrary = createRequire(import.meta.url)("express4");

/** What a route sees of a request, whoever serves it. */
export interface Call {
	/** Node's own. */
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	/** What the framework calls a request. */
	readonly native: { readonly id: unknown; readonly log: Logger; readonly ip: string };
	/** The parsed body, where the route has `body: "json"`. */
	readonly body: unknown;
	/** Sets a header before the answer is decided. */
	set(name: string, value: string): void;
	/** Sets the status before the answer is decided. */
	status(code: number): void;
}

export interface Answer {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Buffer | object | Readable;
}

export interface Route {
	/** GET if it is not there. */
	readonly method?: "GET" | "POST" | "PUT" | "DELETE";
	readonly path: string;
	/**
	 * `json`: parsed before the route; `guarded`: by our own parser, where the framework has none that we guard; `raw`: the
	 * route listens to the request's events.
	 */
	readonly body?: "json" | "guarded" | "raw";
	/** What the route sets for itself. */
	readonly own?: {
		readonly headers?: Exclude<Options["headers"], false | undefined>;
		readonly rateLimit?: Exclude<Options["rateLimit"], false | undefined>;
		readonly limits?: Exclude<Options["limits"], false | undefined>;
	};
	readonly handle: (call: Call) => Answer | undefined | Promise<Answer | undefined>;
}

/** Where the frameworks differ: the program's own doing on the framework's own app. */
export interface Native {
	readonly express?: (app: Express, express: ExpressLibrary) => void;
	readonly fastify?: (app: FastifyInstance) => void;
}

export interface Setup {
	/** `productionReady(options)`; figures of the platform are left out unless it is named. */
	readonly options?: Options;
	readonly routes?: readonly Route[];
	readonly before?: Native;
	readonly beforeRoutes?: Native;
	readonly afterRoutes?: Native;
	/** Variables for as long as the server runs. */
	readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Things a framework cannot do, or cannot be asked to: each is a reason for a test to be skipped. */
export interface Gaps {
	/** Why nothing can come before ours. */
	readonly before?: string;
	readonly inflates?: string;
}

export interface Factory {
	readonly name: string;
	readonly framework: "express" | "fastify";
	readonly gaps: Gaps;
	start(t: TestContext, setup?: Setup): Promise<Server>;
}

/** What a client heard. */
export interface Reply {
	readonly status: number;
	readonly statusMessage: string;
	readonly headers: IncomingHttpHeaders;
	readonly rawHeaders: readonly string[];
	readonly bytes: Buffer;
	readonly text: string;
	// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects to find in it.
	json(): any;
}

export interface Ask {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string | readonly string[]>>;
	readonly body?: string | Buffer;
}

// biome-ignore lint/suspicious/noExplicitAny: a line holds what was logged.
export type Line = Readonly<Record<string, any>>;

export interface Log {
	readonly logger: Logger;
	readonly lines: Line[];
	/** The first line with these fields, once it is written. */
	line(fields: Line): Promise<Line>;
}

export interface Server extends Log {
	readonly url: string;
	readonly port: number;
	readonly app: Express | FastifyInstance | http.Server;
	ask(path: string, ask?: Ask): Promise<Reply>;
	get(path: string, headers?: Ask["headers"]): Promise<Reply>;
	/** Bytes over a socket, and all that came back until the server closed it. */
	raw(bytes: string | Buffer): Promise<string>;
}

/** Runs a suite once for each kind of server. */
export function forEachServer(suite: (factory: Factory) => void): void {
	for (const factory of FACTORIES) describe(factory.name, { timeout: 120_000 }, () => suite(factory));
}

export const FACTORIES: readonly Factory[] = [
	expressFactory("Express 4", express4),
	expressFactory("Express 5", express5),
	fastifyFactory("Fastify, register not awaited", {}, async (options, setup) => {
		const app = fastify();
		setup.before?.fastify?.(app);
		void app.register(onFastify.productionReady, options as onFastify.Options);
		return app;
	}),
	fastifyFactory("Fastify, createApp", { before: "createApp registers ours first" }, (options) =>
		onFastify.createApp(options as onFastify.Options),
	),
];

/** One of each framework, for what does not depend on how it was built. */
export const EXPRESS_5: Factory = FACTORIES[1]!;
export const FASTIFY: Factory = FACTORIES[2]!;

function expressFactory(name: string, express: ExpressLibrary): Factory {
	return {
		name,
		framework: "express",
		gaps: {},
		async start(t, setup = {}) {
			const { log, options } = prepare(t, setup);
			const app = express();
			setup.before?.express?.(app, express);
			app.use(onExpress.productionReady(options as onExpress.Options));
			setup.beforeRoutes?.express?.(app, express);
			for (const route of setup.routes ?? []) addExpressRoute(app, express, route);
			setup.afterRoutes?.express?.(app, express);
			return listen(t, app, log);
		},
	};
}

export function addExpressRoute(app: Pick<Express, "get">, express: ExpressLibrary, route: Route): void {
	const { method = "GET", path, body, own, handle } = route;
	const limits = own?.rateLimit ? [onExpress.rateLimit(own.rateLimit as object)] : [];
	const parsers = body === "json" ? [express.json()] : body === "guarded" ? [onExpress.json()] : [];
	const parts = [
		...(own?.limits ? [onExpress.limits(own.limits)] : []),
		...(own?.headers ? [onExpress.headers(own.headers)] : []),
		// One that goes by what the body says stands behind the parser, as a program would write it.
		...(own?.rateLimit?.key ? [...parsers, ...limits] : [...limits, ...parsers]),
	];
	const verb = method.toLowerCase() as "get";
	app[verb](path, ...parts, (request: Request, response: Response, next: NextFunction) => {
		const send = (answer: Answer | undefined): void => sendByExpress(response, answer);
		const answer = handle({
			request,
			response,
			native: request as never,
			body: request.body,
			set: (name, value) => void response.setHeader(name, value),
			status: (code) => void response.status(code),
		});
		// Express 4 leaves rejections to the program, which writes just this.
		if (answer instanceof Promise) answer.then(send).catch(next);
		else send(answer);
	});
}

function sendByExpress(response: Response, answer: Answer | undefined): void {
	if (answer === undefined) return;
	const { status, headers = {}, body } = answer;
	if (status !== undefined) response.status(status);
	response.set(headers);
	if (body instanceof Readable) body.pipe(response);
	else if (body === undefined) response.end();
	else response.send(body);
}

function fastifyFactory(
	name: string,
	gaps: Gaps,
	build: (options: Options | undefined, setup: Setup) => Promise<FastifyInstance>,
): Factory {
	return {
		name,
		framework: "fastify",
		gaps: { inflates: "Fastify leaves compressed request bodies to the program", ...gaps },
		async start(t, setup = {}) {
			const { log, options } = prepare(t, setup);
			const built = await wrapped(build(options, setup));
			setup.beforeRoutes?.fastify?.(built.app);
			for (const route of setup.routes ?? []) addFastifyRoute(built.app, route);
			setup.afterRoutes?.fastify?.(built.app);
			return listen(t, built.app, log);
		},
	};
}

/** A Fastify app is itself a thing to be awaited, and awaiting it would boot it before it has its routes. */
async function wrapped(promise: Promise<FastifyInstance>): Promise<{ app: FastifyInstance }> {
	return { app: await promise };
}

export function addFastifyRoute(app: FastifyInstance, route: Route): void {
	const { method = "GET", path, body, own, handle } = route;
	if (body === "raw" && !app.hasContentTypeParser("*")) {
		app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
	}
	app.route({
		method,
		url: path,
		config: own === undefined ? {} : { productionReady: own as object },
		handler(request: FastifyRequest, reply: FastifyReply) {
			const send = (answer: Answer | undefined) => sendByFastify(reply, answer);
			const answer = handle({
				request: request.raw,
				response: reply.raw,
				native: request as never,
				body: request.body,
				set: (name, value) => void reply.header(name, value),
				status: (code) => void reply.code(code),
			});
			return answer instanceof Promise ? answer.then(send) : send(answer);
		},
	});
}

function sendByFastify(reply: FastifyReply, answer: Answer | undefined): FastifyReply {
	if (answer === undefined) return reply.hijack();
	const { status, headers = {}, body } = answer;
	if (status !== undefined) reply.code(status);
	return reply.headers(headers).send(body);
}

/** A process as fresh as one can have it: no runtime of an earlier test, these variables, a log of its own. */
function prepare(t: TestContext, setup: Setup): { log: Log; options: Options | undefined } {
	fresh(t, setup.env);
	const log = captureLog();
	const { logging } = setup.options ?? {};
	return {
		log,
		options: {
			platform: "plain",
			...setup.options,
			logging: logging === false ? false : { logger: log.logger, ...logging },
		},
	};
}

/** Resets the runtime, and sets variables until the test is over. */
export function fresh(t: TestContext, env: Setup["env"] = {}): void {
	uninstall();
	const before = { ...process.env };
	set({ NODE_ENV: "test", TRUST_PROXY: undefined, EXTERNAL_URL: undefined, ...env });
	t.after(() => {
		uninstall();
		for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
		set(before);
	});
}

function set(env: Readonly<Record<string, string | undefined>>): void {
	for (const [name, value] of Object.entries(env)) {
		if (value === undefined) delete process.env[name];
		else process.env[name] = value;
	}
}

export function captureLog(options: LoggerOptions = { level: "trace" }): Log {
	const lines: Line[] = [];
	const arrivals = new EventEmitter().setMaxListeners(0);
	const write = (line: string): void => {
		lines.push(JSON.parse(line));
		arrivals.emit("line");
	};
	return {
		lines,
		logger: pino(options, { write }),
		async line(fields) {
			for (;;) {
				const found = lines.find((line) =>
					Object.entries(fields).every(([name, value]) => line[name] === value),
				);
				if (found !== undefined) return found;
				const signal = AbortSignal.timeout(5_000);
				await once(arrivals, "line", { signal }).catch((cause) => {
					throw new Error(`no line with ${JSON.stringify(fields)} in ${JSON.stringify(lines)}`, { cause });
				});
			}
		},
	};
}

/** Brings an app to a port of its own, until the test is over. */
export async function listen(
	t: TestContext,
	app: Express | FastifyInstance | http.Server,
	log: Log = captureLog(),
): Promise<Server> {
	const server = await listening(app);
	t.after(async () => {
		if (!server.listening) return;
		const closed = once(server, "close");
		if ("ready" in app) void app.close();
		else server.close();
		server.closeAllConnections();
		await closed;
	});
	const { port } = server.address() as AddressInfo;
	const ask: Server["ask"] = (path, init) => send(port, path, init);
	return {
		...log,
		app,
		port,
		url: `http://127.0.0.1:${port}`,
		ask,
		get: (path, headers = {}) => ask(path, { headers }),
		raw: (bytes) => sendBytes(port, bytes),
	};
}

async function listening(app: Express | FastifyInstance | http.Server): Promise<http.Server> {
	if ("ready" in app) {
		await app.listen({ port: 0, host: "127.0.0.1" });
		return app.server;
	}
	const server = app instanceof http.Server ? app : http.createServer(app);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return server;
}

async function send(port: number, path: string, init: Ask = {}): Promise<Reply> {
	const { method = "GET", headers = {}, body } = init;
	const request = http.request({ port, host: "127.0.0.1", path, method, headers, agent: false } as never);
	request.end(body);
	const [response] = (await once(request, "response")) as [IncomingMessage];
	const bytes = await buffer(response);
	return {
		status: response.statusCode!,
		statusMessage: response.statusMessage!,
		headers: response.headers,
		rawHeaders: response.rawHeaders,
		bytes,
		text: bytes.toString(),
		json: () => JSON.parse(bytes.toString()),
	};
}

async function sendBytes(port: number, bytes: string | Buffer): Promise<string> {
	const socket = net.connect(port, "127.0.0.1");
	socket.write(bytes);
	return text(socket);
}

const JSON_TYPE = "application/json; charset=utf-8";

/** A route that answers with a little JSON. */
export function hello(path = "/"): Route {
	return { path, handle: () => ({ headers: { "content-type": JSON_TYPE }, body: '{"hello":"world"}' }) };
}

/** A route that answers with what it finds. */
export function tell(path: string, what: (call: Call) => unknown, more: Partial<Route> = {}): Route {
	return {
		path,
		handle: async (call) => ({
			headers: { "content-type": JSON_TYPE },
			body: JSON.stringify((await what(call)) ?? null),
		}),
		...more,
	};
}

/** A route that fails. */
export function fail(path: string, error: unknown, more: Partial<Route> = {}): Route {
	return {
		path,
		handle: () => {
			throw error;
		},
		...more,
	};
}

/** Headers by name, without those that differ from answer to answer. */
export function stable(reply: Reply): Record<string, string> {
	const volatile = ["date", "connection", "keep-alive", "etag", "transfer-encoding"];
	const headers = Object.entries(reply.headers).filter(([name]) => !volatile.includes(name));
	return Object.fromEntries(headers.sort()) as Record<string, string>;
}
