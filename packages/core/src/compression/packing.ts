import type { IncomingHttpHeaders } from "node:http";
import zlib from "node:zlib";
import { type Encoding, negotiate } from "./negotiate.ts";
import { allows, packedTag, varied } from "./packable.ts";

/** What is asked of a request. */
export interface Asking {
	readonly method: string;
	readonly headers: Readonly<IncomingHttpHeaders>;
}

/** The head of an answer that is not out yet, as Node's response shows it. */
export interface SaidHead {
	readonly statusCode: number;
	getHeader(name: string): unknown;
}

export interface AnswerHead extends SaidHead {
	setHeader(name: string, value: string): unknown;
}

/** What the libraries are told, and what is packed with here. */
export interface Settings {
	readonly thresholdBytes: number;
	readonly gzip: zlib.ZlibOptions;
	readonly brotli: zlib.BrotliOptions;
}

type Pack = (body: string | Uint8Array) => Buffer;

/** Node has zstd from 22.15 on. */
const hasZstd = typeof zlib.zstdCompressSync === "function";

const STREAMED: readonly Encoding[] = Object.freeze(["br", "gzip", "deflate"] as const);
const WHOLE: readonly Encoding[] = Object.freeze(hasZstd ? (["zstd", ...STREAMED] as const) : STREAMED);

/** A request that accepts one encoding and no other: with it, a library packs by the one that was chosen here. */
const ASKING = Object.freeze(
	Object.fromEntries(
		["identity", ...STREAMED].map((encoding) => [
			encoding,
			Object.freeze({ method: "GET", headers: Object.freeze({ "accept-encoding": encoding }) }),
		]),
	),
) as Readonly<Record<string, Asking>>;

/** How answers are packed: whole ones here, in one call, and pieces by the library that is told of it. */
export interface Packing {
	/** Of a body that is there as a whole, what leaves in its place; the head says so. `undefined`: it leaves as it is. */
	readonly whole: (asking: Asking, head: AnswerHead, body: string | Uint8Array) => Buffer | undefined;
	/** For a body that comes in pieces, or is too large to be packed while all others wait: what to ask the library for. */
	readonly piecewise: (asking: Asking, head: SaidHead) => Asking | undefined;
}

export function openPacking({ thresholdBytes, gzip, brotli }: Settings): Packing {
	const PACK: Readonly<Record<Encoding, Pack>> = {
		// By its own default level, 3: at most 5 % larger than brotli's 4 from a few kB on, for less than half of the work.
		zstd: (body) => zlib.zstdCompressSync(body),
		br: (body) => zlib.brotliCompressSync(body, brotli),
		gzip: (body) => zlib.gzipSync(body, gzip),
		deflate: (body) => zlib.deflateSync(body, gzip),
	};
	return {
		whole(asking, head, body) {
			if (!mayPack(head)) return undefined;
			head.setHeader("Vary", varied(head.getHeader("vary")));
			const encoding = encodingFor(asking, WHOLE);
			if (encoding === undefined) return undefined;
			const packed = PACK[encoding](body);
			const etag = packedTag(head.getHeader("etag"));
			if (etag !== undefined) head.setHeader("ETag", etag);
			head.setHeader("Content-Encoding", encoding);
			return packed;
		},
		piecewise(asking, head) {
			if (!mayPack(head) || Number(head.getHeader("content-length")) < thresholdBytes) return undefined;
			return ASKING[encodingFor(asking, STREAMED) ?? "identity"];
		},
	};
}

function mayPack(head: SaidHead): boolean {
	return (
		head.getHeader("content-encoding") === undefined &&
		allows(head.statusCode, (name) => head.getHeader(name))
	);
}

function encodingFor({ method, headers }: Asking, offered: readonly Encoding[]): Encoding | undefined {
	// What @fastify/compress heeds, and the filter that the README of `compression` shows.
	if (method === "HEAD" || headers["x-no-compression"] !== undefined) return undefined;
	return negotiate(headers["accept-encoding"], offered);
}
