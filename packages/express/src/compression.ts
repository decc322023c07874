import { createRequire } from "node:module";
import { type CompressionPolicy, compressionPolicy } from "@production-ready/core/adapter";
import type { CompressionOptions } from "compression";
import type { RequestHandler, Response } from "express";

const require = createRequire(import.meta.url);

/** Compression alone. Takes what the package `compression` takes. */
export function compression(options?: CompressionOptions): RequestHandler {
	return openCompression(compressionPolicy(), options);
}

/** The package `compression`, carrying out a policy of core. */
export function openCompression(policy: CompressionPolicy, options?: CompressionOptions): RequestHandler {
	const compress = (require("compression") as typeof import("compression"))({
		threshold: policy.thresholdBytes,
		...policy.gzip,
		brotli: policy.brotli,
		filter: (_request, response) => policy.allows(response.statusCode, (name) => response.getHeader(name)),
		...options,
	});
	return (request, response, next) =>
		compress(request, response, (error) => {
			keepCallbacks(response);
			next(error);
		});
}

/** The package takes `write(chunk, encoding, callback)` and `end(...)` over and forgets their callbacks. */
function keepCallbacks(response: Response): void {
	const { write, end } = response as { write: Write; end: Write };
	const packed = {
		write(this: Response, ...args: unknown[]): unknown {
			const callback = takeCallback(args);
			const written = write.apply(this, args);
			if (callback !== undefined) process.nextTick(callback);
			return written;
		},
		end(this: Response, ...args: unknown[]): unknown {
			const callback = takeCallback(args);
			if (callback !== undefined) this.once("finish", callback);
			return end.apply(this, args);
		},
	};
	Object.assign(response, packed);
}

type Write = (this: Response, ...args: unknown[]) => unknown;

function takeCallback(args: unknown[]): (() => void) | undefined {
	return typeof args.at(-1) === "function" ? (args.pop() as () => void) : undefined;
}
