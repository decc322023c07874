import { createRequire } from "node:module";
import type { FastifyCompressOptions } from "@fastify/compress";
import { type CompressionPolicy, compressionPolicy, exchangeOf } from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyPluginAsync, onSendHookHandler } from "fastify";
import fp from "fastify-plugin";

const require = createRequire(import.meta.url);

/** Compression alone. Takes what @fastify/compress takes. */
export const compression: FastifyPluginAsync<FastifyCompressOptions> = fp(
	async (instance: FastifyInstance, options: FastifyCompressOptions) => {
		mountCompression(instance, openCompression(compressionPolicy(), options));
	},
	{ name: "@production-ready/fastify/compression", fastify: "5.x" },
);

const kPacked = Symbol("packed");

/**
 * Hangs the hook behind all others, so that hooks of the program that rewrite an answer get it before it is packed: at
 * the end of each route that is yet to come; on the app for those that are there already, and where there is no route.
 */
export function mountCompression(instance: FastifyInstance, compress: onSendHookHandler): void {
	instance.addHook("onRoute", (route) => {
		route.onSend = [...[route.onSend ?? []].flat(), compress];
		route.config = { ...route.config, [kPacked]: true } as NonNullable<typeof route.config>;
	});
	instance.addHook("onSend", function onSend(request, reply, payload, done) {
		const isRoutes = kPacked in request.routeOptions.config;
		if (isRoutes) done(null, payload);
		else compress.call(this, request, reply, payload, done);
	});
}

/**
 * @fastify/compress, carrying out a policy of core. It hangs its hooks on each route as the route is added, and so
 * misses those that were added before it was loaded, which is what happens when `register` is not awaited. So we
 * show it one route, and hang what it hangs there on the whole app. It decorates nothing of the program's.
 */
export function openCompression(
	policy: CompressionPolicy,
	options?: FastifyCompressOptions,
): onSendHookHandler {
	const plugin = require("@fastify/compress") as typeof import("@fastify/compress").default;
	const route: { onSend?: onSendHookHandler[] } = {};
	const onlyRoute = {
		decorateReply: () => {},
		addHook: (_name: "onRoute", onRoute: (options: typeof route) => void) => onRoute(route),
	};
	let failure: Error | undefined;
	const settings: FastifyCompressOptions = {
		threshold: policy.thresholdBytes,
		zlibOptions: policy.gzip,
		brotliOptions: policy.brotli,
		encodings: [...policy.encodings],
		// Judged below, before it is asked.
		customTypes: () => true,
		// Bodies of requests are the program's.
		globalDecompression: false,
		...options,
	};
	plugin(onlyRoute as never, settings, (error) => {
		failure = error;
	});
	if (failure !== undefined) throw failure;
	const [compress] = route.onSend!;
	const entered = new WeakSet<object>();
	return function onSend(request, reply, payload, done) {
		// An error has come before the head was out: what was packed is gone, and this is the answer in its place.
		if (entered.delete(reply)) reply.removeHeader("content-encoding");
		// What core has answered goes out as core wrote it.
		const isVerdict = exchangeOf(request.raw)?.isAnswered === true;
		const isPacked = reply.hasHeader("content-encoding");
		const isLeft = isVerdict || isPacked || !isBody(payload);
		if (isLeft || !policy.allows(reply.statusCode, (name) => reply.getHeader(name))) {
			done(null, payload);
			return;
		}
		entered.add(reply);
		const tag = (error: Error | null, packed?: unknown): void => {
			const etag = reply.hasHeader("content-encoding") && policy.packedTag(reply.getHeader("etag"));
			if (etag) reply.header("etag", etag);
			if (error === null) done(null, packed);
			else done(error);
		};
		compress!.call(this, request, reply, payload, tag as typeof done);
	};
}

/** What can be sent at all; of anything else Fastify itself says what is wrong with it. */
function isBody(payload: unknown): boolean {
	if (typeof payload === "string" || ArrayBuffer.isView(payload)) return true;
	if (typeof payload !== "object" || payload === null) return false;
	return "pipe" in payload || payload instanceof ReadableStream || payload instanceof Response;
}
