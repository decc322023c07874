/** How small 20 kB become for a client that takes all of it: fast, and larger than need be, is no feat. */
import { once } from "node:events";
import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync, constants } from "node:zlib";
import { type Arm, inFull } from "../arms.ts";
import { LARGE } from "../programs/routes.mjs";
import type { Packed } from "../results.ts";
import { startServer } from "../server.ts";

const brotli4 = brotliCompressSync(JSON.stringify(LARGE), {
	params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
}).length;

/** Browsers' word today, and that of a client that does not know zstd. */
const ACCEPTED = ["gzip, deflate, br", "gzip, deflate, br, zstd"];

export async function measurePacked(arm: Arm): Promise<readonly Packed[]> {
	const server = await startServer(arm);
	const seen: Packed[] = [];
	for (const accepted of ACCEPTED) {
		const { bytes, encoding } = await packedBy(server.port, accepted);
		if (seen.some((other) => other.encoding === encoding)) continue;
		seen.push({ arm: inFull(arm), bytes, encoding, ofBrotli4: bytes / brotli4 });
	}
	await server.stop();
	return seen;
}

async function packedBy(port: number, accepted: string): Promise<{ bytes: number; encoding: string }> {
	const asked = request({
		port,
		path: "/large",
		agent: false,
		headers: { "accept-encoding": accepted },
	}).end();
	const [response] = await once(asked, "response");
	const { length } = await buffer(response);
	return { bytes: length, encoding: response.headers["content-encoding"] ?? "none" };
}
