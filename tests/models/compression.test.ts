/** How an encoding is chosen is held against RFC 9110, 12.5.3, as it reads, and every body against what it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import zlib, { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { compressionPolicy } from "@production-ready/core/adapter";
import fc from "fast-check";
import { type Encoding, negotiate } from "../../packages/core/src/compression/negotiate.ts";

const OFFERED: readonly Encoding[] = ["zstd", "br", "gzip", "deflate"];

const coding = fc.constantFrom(...OFFERED, "x-gzip", "GZIP", "*", "identity", "compress", "");
const weight = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.constantFrom("", ";q=1", ";q=0", ";q=0.5", "; q=0.001", " ; Q=0.8", ";q=1.000"),
	},
	fc.constantFrom(
		";q=2",
		";q=-1",
		";q=abc",
		";q",
		";",
		";q=1e9",
		";level=9",
		";q=0.5;q=1",
		";q=.5",
		";q=NaN",
	),
);
const accepts = fc
	.array(fc.tuple(coding, weight), { maxLength: 6 })
	.map((parts) => parts.map((part) => part.join("")).join(", "));

interface Said {
	readonly name: string;
	readonly quality: number;
}

function read(header: string): Said[] {
	return header.split(",").map((part) => {
		const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
		if (parameters.length === 0) return { name, quality: 1 };
		const isWeight = parameters.length === 1 && /^q=[01](\.\d*)?$/.test(parameters[0]!);
		const quality = isWeight ? Number.parseFloat(parameters[0]!.slice(2)) : 0;
		return { name, quality: quality > 1 ? 0 : quality };
	});
}

/** All that are acceptable, the best first. */
function model(header: string): Encoding | undefined {
	const said = read(header);
	const qualityOf = (...names: string[]): number | undefined => {
		const found = said.filter(({ name }) => names.includes(name)).map(({ quality }) => quality);
		return found.length === 0 ? undefined : Math.max(...found);
	};
	const named = OFFERED.map((encoding, rank) => ({
		encoding,
		rank,
		quality: (encoding === "gzip" ? qualityOf("gzip", "x-gzip") : qualityOf(encoding)) ?? 0,
	})).filter(({ quality }) => quality > 0);
	named.sort((one, other) => other.quality - one.quality || one.rank - other.rank);
	const any = qualityOf("gzip", "x-gzip") === undefined ? (qualityOf("*") ?? 0) : 0;
	const best = named[0]?.quality ?? 0;
	if ((qualityOf("identity") ?? 0) > Math.max(best, any)) return undefined;
	return any > best ? "gzip" : named[0]?.encoding;
}

test("whatever a client accepts, it gets what it weighs most, and of several what we like best", () => {
	fc.assert(
		fc.property(accepts, (header) => {
			assert.equal(negotiate(header, OFFERED), model(header), header);
		}),
		{ numRuns: 20_000 },
	);
});

test("no client gets what it has not named or has refused, whatever it sends", () => {
	fc.assert(
		fc.property(fc.oneof(fc.string(), accepts), (header) => {
			const encoding = negotiate(header, OFFERED);
			if (encoding === undefined) return;
			const names = header.toLowerCase();
			assert.ok(names.includes(encoding) || (encoding === "gzip" && names.includes("*")), header);
		}),
		{ numRuns: 5_000 },
	);
	assert.equal(negotiate(undefined, OFFERED), undefined);
});

const UNPACK: Readonly<Record<Encoding, (bytes: Buffer) => Buffer>> = {
	zstd: (bytes) => zlib.zstdDecompressSync(bytes),
	br: brotliDecompressSync,
	gzip: gunzipSync,
	deflate: inflateSync,
};

test("what was packed is unpacked to the same bytes, by every encoding", () => {
	const policy = compressionPolicy();
	const body = fc.oneof(
		fc.uint8Array({ maxLength: 5_000 }).map((bytes) => Buffer.from(bytes)),
		fc.string({ unit: "binary", maxLength: 5_000 }),
		fc.json(),
	);
	const hasZstd = zlib.zstdCompressSync !== undefined;
	fc.assert(
		fc.property(body, fc.constantFrom(...OFFERED), (text, encoding) => {
			const headers = new Map<string, unknown>([["content-type", "text/plain"]]);
			const head = {
				statusCode: 200,
				getHeader: (name: string) => headers.get(name),
				setHeader: (name: string, value: unknown) => headers.set(name.toLowerCase(), value),
			};
			const asking = { method: "GET", headers: { "accept-encoding": encoding } };
			const packed = policy.whole(asking, head, text);
			assert.equal(headers.get("vary"), "Accept-Encoding");
			if (encoding === "zstd" && !hasZstd) {
				assert.equal(packed, undefined);
				return;
			}
			assert.equal(headers.get("content-encoding"), encoding);
			assert.deepEqual(UNPACK[encoding](packed!), Buffer.from(text));
		}),
		{ numRuns: 500 },
	);
});
