import { type CompressionPolicy, compressionPolicy, leavingHeader } from "@production-ready/core/adapter";
import type { CompressionOptions } from "compression";
import type { Request, RequestHandler, Response } from "express";
import { openLibrary } from "./compression-library.ts";

/** Compression alone. Takes what the package `compression` takes: with options, it is that package from the first byte on. */
export function compression(options?: CompressionOptions): RequestHandler {
	const policy = compressionPolicy();
	if (options !== undefined) return openLibrary(policy, options);
	const compress = openCompression(policy);
	return function compression(request, response, next) {
		addFlush(response);
		compress(request, response, next);
	};
}

/**
 * What `compression` has on every response, for programs that send events. It sends what the library holds back, and there
 * is nothing of it until the library has taken over, which then puts its own there.
 */
export function addFlush(response: object): void {
	if (!("flush" in response)) Object.defineProperty(response, "flush", FLUSH);
}

const FLUSH = { configurable: true, writable: true, value: () => {} };

/** Whether another one packs the answer already. */
export function isCompressing(response: Response): boolean {
	return Object.hasOwn(response, "flush");
}

/** The methods by which an answer leaves. */
interface Methods {
	writeHead: Method;
	write: Method;
	end: Method;
}

type Method = (this: Leaving, ...args: unknown[]) => unknown;

/** A response whose answer may be packed as it leaves. */
type Leaving = Omit<Response, keyof Methods> & Methods & { [kCourse]: Course };

/** What becomes of it, and the methods that were there before ours. */
interface Course extends Methods {
	isDecided: boolean;
	/** Of a whole body that was packed and handed on. */
	packedBytes: number;
	/** Those of the library, once it has taken over. */
	library: Methods | undefined;
}

const kCourse: unique symbol = Symbol("course") as never;

/**
 * Packs a whole body in one call as it ends the answer, and has the package `compression` take over where a body comes
 * in pieces or is large. What is not packed goes straight on. The functions are the same for all responses.
 */
export function openCompression(policy: CompressionPolicy): RequestHandler {
	let library: RequestHandler | undefined;

	function writeHead(this: Leaving, ...args: unknown[]): unknown {
		const course = this[kCourse];
		if (!course.isDecided) {
			course.isDecided = true;
			const asking = policy.piecewise(this.req, headOf(this, args));
			if (asking !== undefined) {
				library ??= openLibrary(policy);
				course.library = takeOver(library, asking, this, course);
			}
		}
		return (course.library ?? course).writeHead.apply(this, args);
	}

	function write(this: Leaving, chunk: unknown, encoding?: unknown, callback?: unknown): unknown {
		const course = this[kCourse];
		if (course.packedBytes > 0 && this.headersSent) return false;
		if (!course.isDecided && isBody(chunk)) this.writeHead(this.statusCode);
		return (course.library ?? course).write.call(this, chunk, encoding, callback);
	}

	function end(this: Leaving, chunk?: unknown, encoding?: unknown, callback?: unknown): unknown {
		const course = this[kCourse];
		// What comes behind the end changes nothing, as it is with the library.
		if (course.packedBytes > 0) return false;
		const size = course.isDecided || this.destroyed ? 0 : sizeOf(this, chunk, encoding);
		if (size > 0 && size >= policy.thresholdBytes) {
			if (size <= policy.wholeMaxBytes && !isInChunks(this)) {
				return endWhole(this, chunk, encoding, callback);
			}
			if (policy.piecewise(this.req, this) !== undefined) this.writeHead(this.statusCode);
		}
		course.isDecided = true;
		return (course.library ?? course).end.call(this, chunk, encoding, callback);
	}

	function endWhole(response: Leaving, chunk: unknown, encoding: unknown, callback: unknown): unknown {
		const course = response[kCourse];
		course.isDecided = true;
		const packed = policy.whole(response.req, response, bytesOf(chunk, encoding));
		if (packed === undefined) return course.end.call(response, chunk, encoding, callback);
		response.setHeader("Content-Length", packed.length);
		course.packedBytes = packed.length;
		try {
			return course.end.call(response, packed, typeof encoding === "function" ? encoding : callback);
		} catch (error) {
			if (!response.headersSent) unpack(response, course);
			throw error;
		}
	}

	return function compression(_request, response, next) {
		const leaving = response as object as Leaving;
		// Another one of ours does it.
		if (leaving[kCourse] === undefined) {
			leaving[kCourse] = {
				writeHead: leaving.writeHead,
				write: leaving.write,
				end: leaving.end,
				isDecided: false,
				packedBytes: 0,
				library: undefined,
			};
			leaving.writeHead = writeHead;
			leaving.write = write;
			leaving.end = end;
		}
		next();
	};
}

/** The methods of the library, which finds on the response what was there before ours; ours stay where they are. */
function takeOver(library: RequestHandler, asking: object, response: Leaving, course: Course): Methods {
	const { writeHead, write, end } = response;
	const waiting = response.rawListeners("drain") as (() => void)[];
	Object.assign(response, { writeHead: course.writeHead, write: course.write, end: course.end });
	library(asking as Request, response as object as Response, () => {});
	const taken = { writeHead: response.writeHead, write: response.write, end: response.end };
	Object.assign(response, { writeHead, write, end });
	// They are told by whoever is full: the response up to now, and the library from now on.
	for (const listener of waiting) response.on("drain", listener);
	return taken;
}

/** The head as it leaves with what `writeHead` is given. */
function headOf(response: Leaving, args: readonly unknown[]): Pick<Response, "statusCode" | "getHeader"> {
	if (args.length === 1) return response;
	return {
		statusCode: args[0] as number,
		getHeader: (name) => leavingHeader(response, args, name) as ReturnType<Response["getHeader"]>,
	};
}

/** What the program wants to leave in chunks has no length. */
function isInChunks(response: Leaving): boolean {
	return response.hasHeader("trailer") || response.hasHeader("transfer-encoding");
}

/** Node has refused the packed answer before its head was out. Another one begins. */
function unpack(response: Leaving, course: Course): void {
	response.removeHeader("content-encoding");
	if (response.getHeader("content-length") === course.packedBytes) response.removeHeader("content-length");
	course.packedBytes = 0;
	course.isDecided = false;
}

function isBody(chunk: unknown): chunk is string | Uint8Array {
	return typeof chunk === "string" || chunk instanceof Uint8Array;
}

/** Of what HEAD asks for, only the length is there. */
function sizeOf(response: Leaving, chunk: unknown, encoding: unknown): number {
	if (typeof chunk === "string") return Buffer.byteLength(chunk, encodingOf(encoding));
	if (chunk instanceof Uint8Array) return chunk.byteLength;
	return response.req.method === "HEAD" ? Number(response.getHeader("content-length") ?? 0) : 0;
}

function bytesOf(chunk: unknown, encoding: unknown): string | Uint8Array {
	if (typeof chunk === "string" && typeof encoding === "string")
		return Buffer.from(chunk, encodingOf(encoding));
	return isBody(chunk) ? chunk : "";
}

function encodingOf(encoding: unknown): BufferEncoding | undefined {
	return typeof encoding === "string" ? (encoding as BufferEncoding) : undefined;
}
