import { createRequire } from "node:module";
import { type CompressionPolicy, compressionPolicy } from "@production-ready/core/adapter";
import type { CompressionOptions } from "compression";
import type { RequestHandler } from "express";

const require = createRequire(import.meta.url);

/** Compression alone. Takes what the package `compression` takes. */
export function compression(options?: CompressionOptions): RequestHandler {
	return openCompression(compressionPolicy(), options);
}

/** The package `compression`, carrying out a policy of core. */
export function openCompression(policy: CompressionPolicy, options?: CompressionOptions): RequestHandler {
	const compress = require("compression") as typeof import("compression");
	return compress({
		threshold: policy.thresholdBytes,
		...policy.gzip,
		brotli: policy.brotli,
		filter: (_request, response) => policy.allows(response.statusCode, (name) => response.getHeader(name)),
		...options,
	});
}
