/** What the patterns of our own sources cost: none may take more than linear time on what a stranger sends. */
import assert from "node:assert/strict";
import { stripTypeScriptTypes } from "node:module";
import { describe, type TestContext, test } from "node:test";
import { parse, type Token } from "acorn";
import { checkSync, type Parameters } from "recheck";
import { MESSAGE_BYTES, TEXT_BYTES } from "../../packages/core/src/log/line-bytes.ts";
import { redactText, redactUrl } from "../../packages/core/src/log/redaction.ts";
import { packageSources } from "../house/sources.ts";

interface Pattern {
	/** The file and the pattern as it is written there. */
	readonly place: string;
	readonly source: string;
	readonly flags: string;
}

// As JavaScript in this process, without Java or a program of the system.
process.env.RECHECK_SYNC_BACKEND = "pure";

// Bounded by counts and a fixed seed, so that each run says the same however busy the machine is. The time is that of what
// hangs, which counts as not linear.
const SEARCH: Parameters = {
	randomSeed: 0,
	timeout: 60_000,
	attackTimeout: null,
	incubationTimeout: null,
	seedingTimeout: null,
	incubationLimit: 5_000,
	attackLimit: 3_000_000,
	maxAttackStringSize: 20_000,
	maxNFASize: 500,
	maxInitialGenerationSize: 50,
	maxGenerationSize: 30,
	maxIteration: 2,
};

/** Patterns whose text is cut before: each is tried below with a text that is too long. */
const CUT = "what is logged is cut to a bound before any pattern sees it";
const OPERATORS = "the operator's own value, read once at boot";

/** Which patterns are not linear, or not found to be, and why that is no harm. */
const ALLOWED: Readonly<Record<string, readonly (readonly [beginning: string, reason: string])[]>> = {
	"core/src/log/sensitive-pairs.ts": [
		[String.raw`/(?<![\w.%$[\]-])([\w.%$[\]-]+)(`, CUT],
		[String.raw`/(?:\[[^\]]*\]?|\{[^}]*\}?)`, CUT],
	],
	"core/src/log/sensitive-text.ts": [
		[String.raw`/:\/\/[^\s/?#:@[\]"'<>${"`"}]{0,128}:(?!`, CUT],
		[String.raw`/(?<![\w-])(?=[\w-]+\.[\w-])[\w-]*?eyJ`, CUT],
	],
	"core/src/env/url.ts": [
		[String.raw`/^[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?`, OPERATORS],
		[String.raw`/([a-z][a-z\d+.-]*:\/\/)\S*@/`, OPERATORS],
		[String.raw`/([?&;][^=&\s]*(?:pass|pwd`, OPERATORS],
	],
	"core/src/cors/pattern.ts": [[String.raw`/\[[^\]]*\]/g`, OPERATORS]],
};

/** Every pattern that is written as one; `new RegExp` joins words that stand in the source, or what the operator gives. */
function patternsOf(path: string, text: string): Pattern[] {
	const patterns: Pattern[] = [];
	parse(stripTypeScriptTypes(text), {
		ecmaVersion: "latest",
		sourceType: "module",
		onToken: (token) => {
			if (token.type.label !== "regexp") return;
			const { pattern, flags } = (token as Token & { value: { pattern: string; flags: string } }).value;
			patterns.push({ place: `${path} /${pattern}/${flags}`, source: pattern, flags });
		},
	});
	return patterns;
}

function isLinear({ source, flags }: Pattern): boolean {
	return checkSync(source, flags, SEARCH).status === "safe";
}

const beginnings = Object.entries(ALLOWED).flatMap(([file, entries]) =>
	entries.map(([beginning]) => `packages/${file} ${beginning}`),
);
const patterns = (["core", "express", "fastify"] as const)
	.flatMap(packageSources)
	.flatMap(({ path, text }) => patternsOf(path, text));

describe("our own patterns", () => {
	test("H108 take linear time, or are listed with the reason", () => {
		assert.ok(patterns.length > 100, String(patterns.length));
		const wrong = patterns
			.filter(({ place }) => !beginnings.some((beginning) => place.startsWith(beginning)))
			.filter((pattern) => !isLinear(pattern));
		assert.deepEqual(
			wrong.map(({ place }) => place),
			[],
		);
	});

	test("H108 stand in the list once each, and no other is in it", () => {
		for (const beginning of beginnings) {
			assert.equal(patterns.filter(({ place }) => place.startsWith(beginning)).length, 1, beginning);
		}
	});

	test("H108 that do not take linear time are found, whatever types stand around them", () => {
		const source =
			"const a: number = 4 / 2 / 1; export const list = (text: string): boolean => /(a+)+$/.test(text);";
		const [found, ...more] = patternsOf("example.ts", source);
		assert.deepEqual([found!.place, more], ["example.ts /(a+)+$/", []]);
		for (const [pattern, flags] of [
			["(a+)+$", ""],
			["\\s*\\n\\s*", "g"],
			["^[a-z-]+(?:=\\S+)?(?:, ?[a-z-]+(?:=\\S+)?)*$", ""],
		] as const) {
			assert.equal(isLinear({ place: "", source: pattern, flags }), false, pattern);
		}
	});
});

describe("what is logged", () => {
	// What a value is replaced with is at most so many times longer than what stood there.
	const GROWTH = 4;
	const attacks = [
		"a\\",
		"{[",
		"pass:[",
		"://:",
		"e.e",
		"eyJ.",
		"://@",
		"a=",
		"%25",
		" ",
		"a",
		"password=x ",
	];

	/** Watches only: each pattern does what it does. */
	function longestSeen(t: TestContext, act: () => unknown): number {
		const exec = t.mock.method(RegExp.prototype, "exec");
		act();
		const lengths = exec.mock.calls.map((call) => String(call.arguments[0]).length);
		exec.mock.restore();
		return Math.max(...lengths);
	}

	for (const [title, mask, maxBytes] of [
		["a text", redactText, TEXT_BYTES],
		["a message", (text: string) => redactText(text, MESSAGE_BYTES), MESSAGE_BYTES],
		["a target", redactUrl, TEXT_BYTES],
	] as const) {
		test(`H108 is cut before a pattern sees it: ${title}`, (t) => {
			for (const attack of attacks) {
				const text = `${attack.repeat(1_000_000 / attack.length)} password=x`;
				const longest = longestSeen(t, () => mask(text));
				assert.ok(longest > 0 && longest <= (maxBytes + 1_024) * GROWTH, `${attack}: ${longest}`);
			}
		});
	}
});
