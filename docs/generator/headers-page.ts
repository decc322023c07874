import type { PresetName } from "../../packages/core/src/config/presets.ts";
import { HEADERS, type HeadersPolicy } from "../../packages/core/src/headers/headers.ts";
import { code, GENERATED, table, valueText } from "./markdown.ts";
import { PRESET_NAMES, resolved, standardValue } from "./options-data.ts";

export function policyOf(preset: PresetName): HeadersPolicy {
	return HEADERS.policy(resolved.get(preset)!.rooms.headers as never, { mode: "production" });
}

/** docs/reference/headers.md */
export const headersPage: string = `# Headers

${GENERATED}

What every response carries, refusals and errors too. A header that the program has set before stays as it is. The
values are helmet's, recorded once at start, with what each preset says differently. \`headers: { ... }\` takes helmet's
options, and some of ours: [options.md](options.md#headers). What each is for: [security.md](../security.md).

${PRESET_NAMES.map(headersSection).join("\n")}
## Over plain http, and in development

Over plain http there is no \`Strict-Transport-Security\` and no \`upgrade-insecure-requests\`: they would send a browser to an
https that may not be there. Whether a request came by https is read from the connection, and from \`X-Forwarded-Proto\`
only where the peer is trusted ([options.md](options.md#proxy)). Under \`NODE_ENV=development\` there is no
\`Strict-Transport-Security\` either.

## Other headers of ours

| Header | When |
| --- | --- |
| \`${standardValue("requestId", "header")}\` | on every response; the caller's own where it is well formed |
| \`RateLimit-Policy\`, \`RateLimit\` | where the limit has counted the request (IETF draft 8, not the older \`X-RateLimit-*\`) |
| \`Retry-After\` | on a 429 |
| \`Vary: Origin\`, \`Access-Control-*\` | with \`cors\` |
| \`Content-Encoding\`, \`Vary: Accept-Encoding\` | with compression |
| \`Cache-Control\` | \`no-store\` on probes, on refusals and on errors, and with a cookie or a nonce; else \`headers.cacheControl\` where the program says nothing: [security.md](../security.md#caching) |
| \`Content-Security-Policy-Report-Only\`, \`Reporting-Endpoints\` | with \`reportOnly\` and \`headers.reportTo\` |
| \`Clear-Site-Data\` | with \`headers.clearSiteData\` |
| \`Connection: close\` | on every response once the server has stopped listening |
`;

function headersSection(preset: PresetName): string {
	const { plain, secure, remove, nonceCsp } = policyOf(preset);
	const plainNames = new Map(plain);
	const rows = secure.map(([name, value]) => {
		const overHttp = plainNames.get(name);
		const http = overHttp === undefined ? "not sent" : overHttp === value ? "the same" : code(overHttp, true);
		return [`\`${name}\``, code(value, true), http];
	});
	const nonce =
		nonceCsp === undefined
			? ""
			: `\nOnce a page has asked for \`cspNonce()\`, \`'nonce-...'\` stands behind \`'self'\` in ${noncePlaces(nonceCsp.secure)}.\n`;
	const same = preset === "internal" ? "\nThe same as `api`.\n" : "";
	if (same !== "" && valueText(policyOf("api").secure) === valueText(secure)) return `## ${preset}\n${same}`;
	return `## ${preset}\n\n${table([["Header", "Over https", "Over http"], ...rows])}\n${nonce}\nTaken away: ${remove.map((name) => code(name, true)).join(", ")}.\n`;
}

function noncePlaces(csp: string): string {
	return csp
		.split(";")
		.filter((directive) => directive.includes("'nonce'"))
		.map((directive) => code(directive.trim().split(" ")[0], true))
		.join(" and ");
}
