import { constants } from "node:zlib";
import { type Checks, wholeNumber } from "../checks.ts";
import type { Settings } from "../exchange/room.ts";

export interface CompressionOptions {
	/** Bodies below this are sent as they are: packing them costs more than it saves. */
	thresholdBytes?: number | undefined;
	/** Brotli's effort, 0 to 11. Node's own default, 11, is meant for files that are packed once. */
	brotliQuality?: number | undefined;
}

export interface CompressionValues {
	thresholdBytes: number;
	brotliQuality: number;
}

const DEFAULTS: CompressionValues = { thresholdBytes: 1_024, brotliQuality: 4 };

const CHECKS: Checks<CompressionValues> = {
	thresholdBytes: wholeNumber({ min: 0, unit: "bytes", example: 1_024 }),
	brotliQuality: wholeNumber({ min: 0, max: 11, example: 4 }),
};

/**
 * What both libraries are told. The room has no `enter`: an adapter opens its framework's library with this, so
 * that the same answers are packed the same way.
 */
export interface CompressionPolicy {
	readonly thresholdBytes: number;
	/** Each chunk of a stream leaves when it comes: packed without, it would wait for a block to be full. */
	readonly gzip: { readonly flush: number };
	readonly brotli: { readonly flush: number; readonly params: Readonly<Record<number, number>> };
	/** In the order of preference. */
	readonly encodings: readonly ("br" | "gzip" | "deflate")[];
	/** Whether a response may be packed at all. */
	readonly allows: (status: number, header: (name: string) => unknown) => boolean;
	/** The `ETag` for an answer that was packed; nothing where its own will do. */
	readonly packedTag: (etag: unknown) => string | undefined;
}

export function compressionPolicy(values: Readonly<CompressionValues> = DEFAULTS): CompressionPolicy {
	return Object.freeze({
		thresholdBytes: values.thresholdBytes,
		gzip: Object.freeze({ flush: constants.Z_SYNC_FLUSH }),
		brotli: Object.freeze({
			flush: constants.BROTLI_OPERATION_FLUSH,
			params: Object.freeze({ [constants.BROTLI_PARAM_QUALITY]: values.brotliQuality }),
		}),
		encodings: Object.freeze(["br", "gzip", "deflate"] as const),
		allows,
		packedTag,
	});
}

const COMPRESSIBLE =
	/^text\/|[/+](?:json|xml|text|javascript)(?:;|$)|^image\/svg|^application\/(?:wasm|manifest)/i;

const PARTIAL_CONTENT = 206;

/**
 * An event stream that is packed is held back until a block is full, so its events arrive late or never. A part of a
 * file counts in bytes that are not packed. `no-transform` is the sender's word that nobody may touch the bytes
 * (RFC 9111, 5.2.2.6).
 */
function allows(status: number, header: (name: string) => unknown): boolean {
	const type = String(header("content-type") ?? "").toLowerCase();
	if (status === PARTIAL_CONTENT || header("content-range") !== undefined) return false;
	if (type.startsWith("text/event-stream") || /no-transform/i.test(String(header("cache-control"))))
		return false;
	return COMPRESSIBLE.test(type);
}

/**
 * A strong tag promises the same bytes to everybody, and packed ones are others: with it, a download that is resumed would
 * be put together of both (RFC 9110, 8.8.3.3). A weak one promises the same content.
 */
function packedTag(etag: unknown): string | undefined {
	return typeof etag === "string" && etag.startsWith('"') ? `W/${etag}` : undefined;
}

export const COMPRESSION: Settings<CompressionValues> = {
	key: "compression",
	purpose: "Answers several times larger than they need to be",
	DEFAULTS,
	CHECKS,
};
