import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policyOf } from "./headers-page.ts";
import { code, table } from "./markdown.ts";
import { PRESET_NAMES } from "./options-data.ts";
import { ROOT } from "./places.ts";

/** What a header is for, and what it costs the app that does not know of it. */
const WHY: Readonly<Record<string, string>> = {
	"Content-Security-Policy":
		"A script that somebody has slipped into a page does not run, and nobody frames the page (W3C CSP 3). An API answers no page: nothing is allowed at all. `web` runs own scripts, and inline ones with the nonce of `cspNonce()`.",
	"Cross-Origin-Embedder-Policy":
		"What a page embeds of other sites has to agree to it. A page that embeds what does not says `crossOriginEmbedderPolicy: false`.",
	"Cross-Origin-Opener-Policy":
		"A page of another site that opens this one, or is opened by it, has no hold on its window. Logins in a popup want `same-origin-allow-popups`.",
	"Cross-Origin-Resource-Policy":
		"Other sites cannot embed what is answered, so that it is not in their process to be read through a side channel. What is for all sites says `cross-origin` on its route.",
	"Origin-Agent-Cluster":
		"Asks for a process, or at least a heap, that other hosts of the domain do not share.",
	"Referrer-Policy":
		"No site that is linked to learns the address it was linked from. `web` tells its own pages: a form under `no-referrer` does not say whose it is, and the guard against forged requests refuses it where the browser says nothing else.",
	"Strict-Transport-Security":
		"Browsers come by https for a year, other hosts below this one included (RFC 6797). Over https only, never in development.",
	"X-Content-Type-Options": "Browsers believe the `Content-Type`, and do not take a text for a script.",
	"X-DNS-Prefetch-Control": "Names of links are not looked up before anybody follows them.",
	"X-Download-Options": "Old browsers do not open a download in the site's name.",
	"X-Frame-Options": "As `frame-ancestors`, for browsers that do not know it.",
	"X-Permitted-Cross-Domain-Policies": "Readers of PDF do not take policies for other domains from here.",
	"Permissions-Policy":
		"Pages, and what they frame, get no camera, no position, no clipboard: what a page needs is allowed by name (`permissionsPolicy`).",
};

const DECIDED_LATE = "As the head leaves, where the program has said nothing. [Caching](#caching) says when.";

/** What each preset says to browsers, and why. */
export function sentBlock(): string {
	const names = [...new Set(PRESET_NAMES.flatMap((preset) => policyOf(preset).secure.map(([name]) => name)))];
	const cell = (value: string | undefined): string =>
		value === undefined ? "-" : code(shortened(value), true);
	const rows = names.map((name) => {
		const why = WHY[name];
		if (why === undefined) throw new Error(`docs/generator/security-page.ts says nothing of ${name}`);
		return [code(name, true), ...PRESET_NAMES.map((preset) => cell(valueIn(preset, name))), why];
	});
	const caching = PRESET_NAMES.map((preset) => cell(policyOf(preset).leaving.cacheControl));
	rows.push([code("Cache-Control", true), ...caching, DECIDED_LATE]);
	return table([["Header", ...PRESET_NAMES.map((name) => code(name, true)), "Why"], ...rows]);
}

function valueIn(preset: (typeof PRESET_NAMES)[number], header: string): string | undefined {
	return policyOf(preset).secure.find(([name]) => name === header)?.[1];
}

function shortened(value: string): string {
	return value.length > 60 ? `${value.slice(0, value.lastIndexOf(" ", 56)).replace(/[;,]$/, "")} ...` : value;
}

/** Tells what was graded from what is sent today. */
export function headersFingerprint(): string {
	const policies = PRESET_NAMES.map((preset) => {
		const { plain, secure, remove, nonceCsp, leaving } = policyOf(preset);
		return [preset, plain, secure, remove, nonceCsp, leaving];
	});
	return createHash("sha256").update(JSON.stringify(policies)).digest("hex").slice(0, 16);
}

export const GRADED = "Graded headers: ";

/** The grades were given for headers that are not sent any more. */
export function faultsOfGrades(): string[] {
	const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
	if (page.includes(`${GRADED}\`${headersFingerprint()}\``)) return [];
	return ["docs/security.md: the headers have changed since they were graded, run: pnpm security"];
}
