import { createRequire } from "node:module";
import type { FastifyCompressOptions } from "@fastify/compress";
import { type CompressionPolicy, exchangeOf } from "@production-ready/core/adapter";
import type { DoneFuncWithErrOrRes, FastifyReply, onSendHookHandler } from "fastify";

const require = createRequire(import.meta.url);

/**
 * @fastify/compress, carrying out a policy of core. It hangs its hooks on each route as the route is added, and so
 * misses those that were added before it was loaded, which is what happens when `register` is not awaited. So we
 * show it one route, and hang what it hangs there on the whole app. It decorates nothing of the program's.
 */
export function openLibrary(policy: CompressionPolicy, options?: FastifyCompressOptions): onSendHookHandler {
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
		// Judged before it is asked.
		customTypes: () => true,
		// Bodies of requests are the program's.
		globalDecompression: false,
		...options,
	};
	plugin(onlyRoute as never, settings, (error) => {
		failure = error;
	});
	if (failure !== undefined) throw failure;
	return route.onSend![0]!;
}

/** Calls back when the library has done its part, with `Vary` and `ETag` as the answer needs them. */
export function tagging(
	policy: CompressionPolicy,
	reply: FastifyReply,
	vary: string | undefined,
	done: DoneFuncWithErrOrRes,
): DoneFuncWithErrOrRes {
	return (error?: Error | null, packed?: unknown): void => {
		if (vary !== undefined) reply.header("Vary", vary);
		const etag = reply.hasHeader("content-encoding") && policy.packedTag(reply.getHeader("etag"));
		if (etag) reply.header("etag", etag);
		if (error) done(error);
		else done(null, packed);
	};
}

/** The library with options of the program's, which then judges the encoding and the size by itself. */
export function openWithOptions(
	policy: CompressionPolicy,
	options: FastifyCompressOptions,
): onSendHookHandler {
	const compress = openLibrary(policy, options);
	const packed = new WeakSet<object>();
	return function onSend(request, reply, payload, done) {
		if (packed.delete(reply)) reply.removeHeader("content-encoding");
		const isVerdict = exchangeOf(request.raw)?.isAnswered === true;
		const isLeft = isVerdict || reply.hasHeader("content-encoding") || !isBody(payload);
		if (isLeft || !policy.allows(reply.statusCode, (name) => reply.getHeader(name))) {
			done(null, payload);
			return;
		}
		packed.add(reply);
		compress.call(this, request, reply, payload, tagging(policy, reply, undefined, done));
	};
}

/** What can be sent at all; of anything else Fastify itself says what is wrong with it. */
export function isBody(payload: unknown): boolean {
	if (typeof payload === "string" || ArrayBuffer.isView(payload)) return true;
	if (typeof payload !== "object" || payload === null) return false;
	return "pipe" in payload || payload instanceof ReadableStream || payload instanceof Response;
}
