import { createRequire } from "node:module";
import type { FastifyCompressOptions } from "@fastify/compress";
import { type CompressionPolicy, compressionPolicy, exchangeOf } from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyPluginCallback, onSendHookHandler } from "fastify";
import fp from "fastify-plugin";

const require = createRequire(import.meta.url);

/** Compression alone. Takes what @fastify/compress takes. */
export const compression: FastifyPluginCallback<FastifyCompressOptions> = fp(
	(instance: FastifyInstance, options: FastifyCompressOptions, done) => {
		instance.addHook("onSend", openCompression(compressionPolicy(), options));
		done();
	},
	{ name: "@production-ready/fastify/compression", fastify: "5.x" },
);

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
		brotliOptions: { params: policy.brotliParams },
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
	return function onSend(request, reply, payload, done) {
		// What core has answered goes out as core wrote it.
		const isVerdict = exchangeOf(request.raw)?.isAnswered === true;
		if (!isVerdict && policy.allows(reply.statusCode, (name) => reply.getHeader(name))) {
			compress!.call(this, request, reply, payload, done);
		} else {
			done(null, payload);
		}
	};
}
