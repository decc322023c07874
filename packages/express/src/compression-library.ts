import { createRequire } from "node:module";
import type { CompressionPolicy } from "@production-ready/core/adapter";
import type { CompressionOptions } from "compression";
import type { RequestHandler, Response } from "express";

const require = createRequire(import.meta.url);

type Method = (this: Response, ...args: unknown[]) => unknown;
type Filter = NonNullable<CompressionOptions["filter"]>;

/**
 * The package `compression`, carrying out a policy of core: puts its methods on a response, with callbacks kept, and `ETag`
 * as the packed answer needs it. With options of the program's it judges by them.
 */
export function openLibrary(policy: CompressionPolicy, options?: CompressionOptions): RequestHandler {
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
		if (Object.hasOwn(response, "writeHead")) ownWriteHeads.set(response, response.writeHead as Method);
		Object.assign(response, { writeHead });
		compress(request, response, (error) => {
			keepCallbacks(response);
			next(error);
		});
	};
}

/** Those that another package has put there before ours. */
const ownWriteHeads = new WeakMap<object, Method>();

/** The package takes `write(chunk, encoding, callback)` and `end(...)` over and forgets their callbacks. */
function keepCallbacks(response: Response): void {
	const { write, end } = response as { write: Method; end: Method };
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

function takeCallback(args: unknown[]): (() => void) | undefined {
	const last = args.findLastIndex((value) => value !== undefined);
	return typeof args[last] === "function" ? (args.splice(last)[0] as () => void) : undefined;
}
