import type { FastifyCompressOptions } from "@fastify/compress";
import {
	type AnswerHead,
	type CompressionPolicy,
	compressionPolicy,
	exchangeOf,
} from "@production-ready/core/adapter";
import type {
	FastifyInstance,
	FastifyPluginAsync,
	FastifyReply,
	FastifyRequest,
	onSendHookHandler,
} from "fastify";
import { isBody, openLibrary, openWithOptions, tagging } from "./compression-library.ts";
import { plugin } from "./parts.ts";

/** Compression alone. Takes what @fastify/compress takes: with options, it is that package which judges and packs. */
export const compression: FastifyPluginAsync<FastifyCompressOptions> = plugin(
	"compression",
	async (instance: FastifyInstance, options: FastifyCompressOptions) => {
		const policy = compressionPolicy();
		if (Object.keys(options).length === 0) mountCompression(instance, policy);
		else hangLast(instance, openWithOptions(policy, options));
	},
);

/** Compression by a policy of core: whole bodies in one call, what comes in pieces or is large by @fastify/compress. */
export function mountCompression(instance: FastifyInstance, policy: CompressionPolicy): void {
	hangLast(instance, openCompression(policy), policy.thresholdBytes);
}

const kPacked = Symbol("packed");

/**
 * Hangs the hook behind all others, so that hooks of the program that rewrite an answer get it before it is packed: at
 * the end of each route that is yet to come; on the app for those that are there already, and where there is no route.
 * It leaves bodies below `smallBytes` alone.
 */
function hangLast(instance: FastifyInstance, compress: onSendHookHandler, smallBytes = 0): void {
	instance.addHook("onRoute", (route) => {
		route.onSend = [...[route.onSend ?? []].flat(), compress];
		route.config = { ...route.config, [kPacked]: true } as NonNullable<typeof route.config>;
	});
	instance.addHook("onSend", function onSend(request, reply, payload, done) {
		// Asked first: Fastify makes an object of what there is to know of a route, each time it is asked.
		const isSmall = isWhole(payload) && Buffer.byteLength(payload) < smallBytes;
		if (isSmall || !(kPacked in request.routeOptions.config)) {
			compress.call(this, request, reply, payload, done);
		} else {
			done(null, payload);
		}
	});
}

function openCompression(policy: CompressionPolicy): onSendHookHandler {
	let library: onSendHookHandler | undefined;
	const packed = new WeakSet<object>();
	return function onSend(request, reply, payload, done) {
		// An error has come before the head was out: what was packed is gone, and this is the answer in its place.
		if (packed.delete(reply)) reply.removeHeader("content-encoding");
		const size = sizeOf(request, reply, payload);
		// What core has answered goes out as core wrote it.
		if (size === 0 || size < policy.thresholdBytes || exchangeOf(request.raw)?.isAnswered === true) {
			done(null, payload);
			return;
		}
		if (request.method === "HEAD" || (isWhole(payload) && size <= policy.wholeMaxBytes)) {
			const body = policy.whole(request, headOf(reply), isWhole(payload) ? payload : "");
			if (body !== undefined) packed.add(reply);
			done(null, body ?? payload);
			return;
		}
		const asking = policy.piecewise(request, reply);
		if (asking === undefined) {
			done(null, payload);
			return;
		}
		packed.add(reply);
		library ??= openLibrary(policy);
		const vary = policy.varied(reply.getHeader("vary"));
		library.call(this, asking as FastifyRequest, reply, payload, tagging(policy, reply, vary, done));
	};
}

function isWhole(payload: unknown): payload is string | Uint8Array {
	return typeof payload === "string" || payload instanceof Uint8Array;
}

/** Nobody knows how much a stream will be. Of what HEAD asks for, only the length is there. */
function sizeOf(request: FastifyRequest, reply: FastifyReply, payload: unknown): number {
	if (isWhole(payload)) return Buffer.byteLength(payload);
	if (isBody(payload)) return Number.POSITIVE_INFINITY;
	return request.method === "HEAD" ? Number(reply.getHeader("content-length") ?? 0) : 0;
}

/** Fastify counts `Content-Length` by itself, unless somebody has. */
function headOf(reply: FastifyReply): AnswerHead {
	return {
		statusCode: reply.statusCode,
		getHeader: (name) => reply.getHeader(name),
		setHeader: (name, value) => reply.header(name, value),
	};
}
