import type { Options as CoreOptions } from "@production-ready/core";
import {
	type Exchange,
	errorVerdict,
	MOUNTED_TWICE,
	openApp,
	openExchange,
	passThrough,
	REQUEST_LINES_AT_CONSTRUCTION,
	servedExchange,
	TRUST_AT_CONSTRUCTION,
} from "@production-ready/core/adapter";
import type {
	DoneFuncWithErrOrRes,
	FastifyError,
	FastifyInstance,
	FastifyPluginAsync,
	FastifyReply,
	FastifyRequest,
	RegisterOptions,
} from "fastify";
import { guardBodies, limitBehindBodies, tellBodyLimit } from "./body.ts";
import { mountCompression } from "./compression.ts";
import { answerAsFastify, answerErrors, serveUnrouted } from "./errors.ts";
import {
	type Done,
	fastifyFramework,
	PASSAGE,
	sendVerdict,
	shareAddress,
	trustsProxies,
} from "./exchange.ts";
import type { Options } from "./options.ts";
import { plugin } from "./parts.ts";
import { mountSession } from "./session.ts";

/**
 * Everything, with defaults that fit where the process runs: `app.register(productionReady, options)`, awaited or not.
 * What Fastify decides at construction needs `serverOptions` or `createApp`. Throws one error with all faults.
 */
export const productionReady: FastifyPluginAsync<Options> = plugin("productionReady", install);

type Context = NonNullable<Exchange["context"]>;

/** Asynchronous for the sake of its faults: Fastify hands on what rejects, and not what throws. */
async function install(instance: FastifyInstance, options: Options): Promise<void> {
	const app = openApp(ownOptions(options) as CoreOptions);
	const { runtime } = app;
	const { notice } = runtime.surroundings;
	const framework = fastifyFramework();
	const hasLogger = "level" in instance.log;
	const hasOwnLog = ownLogs(instance);
	const onError = app.errors?.onError;
	const askEarly = app.sessions?.askEarly;
	const passage = { answer: PASSAGE.answer, next: goOn };
	const isLogging = app.config.rooms.logging !== false;
	if (hasLogger && isLogging && writesRequestLines(instance)) notice(...REQUEST_LINES_AT_CONSTRUCTION);
	tellBodyLimit(instance, app.maxBodyBytes, notice);
	const isToldWhomToTrust = app.proxy.isTrusting && trustsProxies(instance);
	if (app.proxy.isTrusting && !isToldWhomToTrust) notice(...TRUST_AT_CONSTRUCTION);
	// A generator that the program has chosen stays.
	if (app.requestId !== undefined && generatesPlainIds(instance)) instance.setGenReqId(app.requestId);

	function onRequest(request: FastifyRequest, reply: FastifyReply, done: DoneFuncWithErrOrRes): void {
		if (servedExchange(request.raw) !== undefined) {
			notice(...MOUNTED_TWICE);
			done();
			return;
		}
		const exchange = openExchange(request.raw, reply.raw, framework, request, reply);
		if (app.requestId !== undefined) exchange.requestId ||= request.id;
		exchange.onError = onError;
		exchange.meanwhile = askEarly;
		if (isToldWhomToTrust && framework.clientAddress(request) === undefined) shareAddress(request);
		passThrough(app.pipeline, exchange, passage, done);
	}

	function goOn(exchange: Exchange, done: Done, error?: unknown): void {
		const { native, context } = exchange;
		if (context !== undefined) tellRequest(native as FastifyRequest, exchange.requestId, context);
		PASSAGE.next(exchange, done, error);
	}

	function tellRequest(request: FastifyRequest, requestId: string, context: Context): void {
		request.id = requestId;
		// reply.log stays as it is: by it Fastify writes a line of its own for every error. So it does by request.log
		// where nothing is found.
		const isNobodys = !hasLogger && !hasOwnLog(request) && !isUnknownRoute(request);
		if (isLogging && isNobodys) request.log = context.log;
	}

	function onUnrouted(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
		const exchange = openExchange(request.raw, reply.raw, framework, request, reply);
		if (app.requestId !== undefined) exchange.requestId ||= request.id;
		exchange.onError = onError;
		const fail = (): void => {
			if (app.errors === undefined) answerAsFastify(error, reply);
			else sendVerdict(reply, errorVerdict(exchange, error, reply.statusCode));
		};
		passThrough(app.pipeline, exchange, PASSAGE, fail);
	}

	function answerProbes(request: FastifyRequest, reply: FastifyReply, done: DoneFuncWithErrOrRes): void {
		const [path = ""] = request.url.split("?", 1);
		if (!app.probes.matches(path) || servedExchange(request.raw) !== undefined) {
			done();
			return;
		}
		const exchange = openExchange(request.raw, reply.raw, framework, request, reply);
		passThrough(app.probes.pipeline, exchange, PASSAGE, done);
	}

	limitBehindBodies(instance);
	instance.addHook("onRequest", onRequest);
	guardBodies(instance);
	const root = rootOf(instance);
	if (root !== instance) root.addHook("onRequest", answerProbes);
	if (app.errors !== undefined) answerErrors(instance);
	serveUnrouted(instance, onUnrouted);
	if (app.sessions !== undefined) await mountSession(instance, app.sessions);
	if (app.compression !== undefined) mountCompression(instance, app.compression);

	// Fastify's own close ends idle connections only, and answers the others with keep-alive.
	stopListeningBefore(root, () => runtime.stopListening(instance.server));
	keepAddress(instance.server, root);
	const removeCloser = runtime.closers.addOwn("fastify", () => root.close());
	root.addHook("onClose", async () => removeCloser());
}

/**
 * Fastify opens the addresses of `localhost` one after the other, asks its server for the first one meanwhile, and breaks
 * where that was closed: so until it is through the server goes on knowing its address.
 */
function keepAddress(server: FastifyInstance["server"], root: FastifyInstance): void {
	server.once("listening", () => {
		const address = server.address();
		server.address = () => address;
	});
	const forget = async (): Promise<void> => void Reflect.deleteProperty(server, "address");
	root.addHook("onListen", forget);
	root.addHook("onClose", forget);
}

/** Only where Fastify has listened: it closes no server of the program's that the program listens with itself. */
function stopListeningBefore(root: FastifyInstance, stopListening: () => Promise<void>): void {
	let hasListened = false;
	root.addHook("onListen", async () => {
		hasListened = true;
	});
	root.addHook("preClose", async () => {
		if (hasListened) await stopListening();
	});
}

/** Without what `register` takes for itself. */
function ownOptions(options: Options): Options {
	if (typeof options !== "object" || options === null) return options;
	const { prefix, logLevel, logSerializers, ...ours } = options as Options & RegisterOptions;
	return ours;
}

/** Whether Fastify writes its own lines for requests; only `serverOptions` and the program can have told it not to. */
function writesRequestLines(instance: FastifyInstance): boolean {
	return generatesPlainIds(instance) && instance.initialConfig.disableRequestLogging !== true;
}

/** Whether ids are counted up, as Fastify does where nobody has said anything (`req-1`). */
function generatesPlainIds(instance: FastifyInstance): boolean {
	return (instance as { genReqId?: { name: string } }).genReqId?.name === "defaultGenReqId";
}

/**
 * Whether the program makes the loggers of requests, though it has given Fastify none to make them from: they are others
 * then, or the silent one that all requests share, with more on it.
 */
function ownLogs(instance: FastifyInstance): (request: FastifyRequest) => boolean {
	const { log: shared } = instance;
	const { length } = Object.keys(shared);
	return ({ log }) => log !== shared || Object.keys(log).length > length;
}

/** Whether Fastify itself answers that there is no such route. */
function isUnknownRoute({ is404, routeOptions }: FastifyRequest): boolean {
	return is404 && (routeOptions as { handler?: { name: string } }).handler?.name === "basic404";
}

/** The outermost app: what Fastify encapsulates inherits from what encloses it. */
function rootOf(instance: FastifyInstance): FastifyInstance {
	const parent: unknown = Object.getPrototypeOf(instance);
	return typeof parent === "object" && parent !== null && "addHook" in parent
		? rootOf(parent as FastifyInstance)
		: instance;
}
