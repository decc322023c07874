import { constants } from "node:zlib";
import { type Checks, wholeNumber } from "../checks.ts";
import type { Settings } from "../exchange/room.ts";
import { allows, packedTag, varied } from "./packable.ts";
import { openPacking, type Packing } from "./packing.ts";

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

const DEFAULTS: CompressionValues = { thresholdBytes: 1_024, brotliQuality: 3 };

const CHECKS: Checks<CompressionValues> = {
	thresholdBytes: wholeNumber({ min: 0, unit: "bytes", example: 1_024 }),
	brotliQuality: wholeNumber({ min: 0, max: 11, example: 3 }),
};

/** A body that is larger is packed in pieces, off the event loop: others would wait too long for it (decisions/019). */
const WHOLE_MAX_BYTES = 32_768;

/**
 * How answers are packed. The room has no `enter`: an adapter opens its framework's library with this, so that the
 * same answers are packed the same way.
 */
export interface CompressionPolicy extends Packing {
	readonly thresholdBytes: number;
	readonly wholeMaxBytes: number;
	/** Each chunk of a stream leaves when it comes: packed without, it would wait for a block to be full. */
	readonly gzip: { readonly flush: number };
	readonly brotli: { readonly flush: number; readonly params: Readonly<Record<number, number>> };
	/** In the order of preference. */
	readonly encodings: readonly ("br" | "gzip" | "deflate")[];
	/** Whether a response may be packed at all. */
	readonly allows: (status: number, header: (name: string) => unknown) => boolean;
	/** The `ETag` for an answer that was packed; nothing where its own will do. */
	readonly packedTag: (etag: unknown) => string | undefined;
	/** The `Vary` of an answer that is packed for those who can unpack it. */
	readonly varied: (vary: unknown) => string;
}

export function compressionPolicy(values: Readonly<CompressionValues> = DEFAULTS): CompressionPolicy {
	const settings = {
		thresholdBytes: values.thresholdBytes,
		gzip: Object.freeze({ flush: constants.Z_SYNC_FLUSH }),
		brotli: Object.freeze({
			flush: constants.BROTLI_OPERATION_FLUSH,
			params: Object.freeze({ [constants.BROTLI_PARAM_QUALITY]: values.brotliQuality }),
		}),
	};
	return Object.freeze({
		...settings,
		...openPacking(settings),
		wholeMaxBytes: WHOLE_MAX_BYTES,
		encodings: Object.freeze(["br", "gzip", "deflate"] as const),
		allows,
		packedTag,
		varied,
	});
}

export const COMPRESSION: Settings<CompressionValues> = {
	key: "compression",
	purpose: "Answers several times larger than they need to be",
	DEFAULTS,
	CHECKS,
};
