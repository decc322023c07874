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
	const packable = new WeakSet<object>();
	const allows: Filter = (_request, response) =>
		policy.allows(response.statusCode, (name) => response.getHeader(name));
	const filter = options?.filter ?? allows;
	const compress = (require("compression") as typeof import("compression"))({
		threshold: policy.thresholdBytes,
		...policy.gzip,
		brotli: policy.brotli,
		...options,
		filter(request, response) {
			const isPackable = !response.hasHeader("content-encoding") && filter(request, response);
			if (isPackable) packable.add(response);
			return isPackable;
		},
	});

	/** Beneath the package, which decides when the head is written. */
	function writeHead(this: Response, ...args: unknown[]): unknown {
		const isPacked = packable.has(this) && this.hasHeader("content-encoding");
		const etag = isPacked && !this.headersSent ? policy.packedTag(this.getHeader("etag")) : undefined;
		if (etag !== undefined) this.setHeader("etag", etag);
		const before = ownWriteHeads.get(this) ?? Object.getPrototypeOf(this).writeHead;
		return before.apply(this, args);
	}

	return (request, response, next) => {
		if (Object.hasOwn(response, "writeHead")) ownWriteHeads.set(response, response.writeHead as Write);
		Object.assign(response, { writeHead });
		compress(request, response, (error) => {
			keepCallbacks(response);
			next(error);
		});
	};
}

type Filter = NonNullable<CompressionOptions["filter"]>;

/** Those that another package has put there before ours. */
const ownWriteHeads = new WeakMap<object, Write>();

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
