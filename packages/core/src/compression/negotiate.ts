/** What a body can be packed by, as `Content-Encoding` names it. */
export type Encoding = "zstd" | "br" | "gzip" | "deflate";

const WEIGHT = /^q=(0(?:\.\d*)?|1(?:\.0*)?)$/i;

/**
 * The encoding for a client that says `accepts` (RFC 9110, 12.5.3): the one it weighs most, and of several the one that stands
 * first in `offered`. `undefined` is the body as it is: where nothing is said, nothing fits, or `identity` weighs more. `*` is
 * gzip, which everybody can unpack. A coding whose weight cannot be read is not taken.
 */
export function negotiate(accepts: unknown, offered: readonly Encoding[]): Encoding | undefined {
	if (typeof accepts !== "string") return undefined;
	let chosen = -1;
	let weight = 0;
	let anyWeight = 0;
	let identityWeight = 0;
	let namesGzip = false;
	for (const part of accepts.split(",")) {
		const semicolon = part.indexOf(";");
		const coding = codingOf(semicolon < 0 ? part : part.slice(0, semicolon));
		const given = semicolon < 0 ? 1 : weightOf(part.slice(semicolon + 1));
		const rank = offered.indexOf(coding as Encoding);
		namesGzip ||= coding === "gzip";
		if (coding === "*") anyWeight = Math.max(anyWeight, given);
		else if (coding === "identity") identityWeight = Math.max(identityWeight, given);
		else if (rank >= 0 && (given > weight || (given === weight && rank < chosen))) {
			chosen = rank;
			weight = given;
		}
	}
	if (anyWeight > weight && !namesGzip) {
		chosen = offered.indexOf("gzip");
		weight = anyWeight;
	}
	return identityWeight > weight ? undefined : offered[chosen];
}

/** `x-gzip` is what gzip was called once (RFC 9110, 8.4.1.3). */
function codingOf(text: string): string {
	const coding = text.trim().toLowerCase();
	return coding === "x-gzip" ? "gzip" : coding;
}

function weightOf(parameter: string): number {
	return Number(WEIGHT.exec(parameter.trim())?.[1] ?? 0);
}
