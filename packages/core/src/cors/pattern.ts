import type { Check } from "../checks.ts";

/**
 * A pattern for whole origins. Without anchors `/example\.com/` allows `https://example.com.evil.example`; a dot that stands
 * for any character allows `https://app-example.com` where `app.example.com` was meant, and `.*example\.com` allows
 * `https://evilexample.com`.
 */
export const pattern: Check = {
	expected:
		"a regular expression from ^ to $, in which every dot that is meant is written \\., and none stands for any character",
	example: "/^https:\\/\\/[a-z0-9-]+\\.example\\.com$/",
	accepts: (value) =>
		value instanceof RegExp &&
		!/[gmy]/.test(value.flags) &&
		isAnchored(value.source) &&
		!hasOpenDot(value.source),
};

function isAnchored(source: string): boolean {
	return source.startsWith("^") && withoutEscapes(source).endsWith("$");
}

function hasOpenDot(source: string): boolean {
	return withoutEscapes(source)
		.replaceAll(/\[[^\]]*\]/g, "")
		.includes(".");
}

function withoutEscapes(source: string): string {
	return source.replaceAll(/\\./gs, "_");
}

/** The pattern of the whole origin, also where it has alternatives: `^a|b$` is anchored on one side each. */
export function wholePattern({ source, flags }: RegExp): RegExp {
	return new RegExp(`^(?:${source})$`, flags.includes("i") ? flags : `${flags}i`);
}
