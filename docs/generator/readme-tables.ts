import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explainConfig } from "../../packages/core/src/config/explain.ts";
import { ROOMS, type RoomKey } from "../../packages/core/src/config/options.ts";
import { resolveOptions } from "../../packages/core/src/config/resolve.ts";
import { VARIABLES } from "../../packages/core/src/env/variables.ts";
import { policyOf } from "./headers-page.ts";
import { code, lowerFirst, table, valueText } from "./markdown.ts";
import { changedByVariable, standard, WITH_SECRET, whenOff } from "./options-data.ts";
import { ROOT } from "./places.ts";

const ROOM_ROWS = ROOMS.map(({ key, purpose }) => [
	`\`${key}\``,
	purpose,
	roomDefault(key as RoomKey),
	`\`${key}: false\``,
]);

/** What a room does when nobody says anything, in a few words and with its own figures. */
function roomDefault(room: RoomKey): string {
	if (room === "headers") {
		const { plain, secure } = policyOf("api");
		return `${secure.length} headers over https, ${plain.length} over http: [headers.md](docs/reference/headers.md)`;
	}
	if (room === "proxy")
		return "nobody is believed, unless the platform, `TRUST_PROXY` or `proxy` names proxies";
	if (room === "errors") return "problem+json (RFC 9457) with the request id, without a stack";
	if (room === "hosts")
		return "off until `EXTERNAL_URL` or `hosts` names them: [hostile-input.md](docs/hostile-input.md#hosts-and-https)";
	if (room === "https") return "off until it is asked for, then 308 for every method";
	if (room === "session") {
		const { idleTimeoutMs, absoluteTimeoutMs } = ROOMS.find(({ key }) => key === room)!.DEFAULTS;
		const times = `\`idleTimeoutMs: ${idleTimeoutMs}\`, \`absoluteTimeoutMs: ${absoluteTimeoutMs}\``;
		return `${times}; off in the presets \`api\` and \`internal\` until \`SESSION_SECRET\` or \`session\` is there: [sessions.md](docs/sessions.md)`;
	}
	const values = standard.rooms[room] || ROOMS.find(({ key }) => key === room)!.DEFAULTS;
	const given = Object.entries(values).filter(
		([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
	);
	const shown = given.map(([key, value]) => code(`${key}: ${valueText(value)}`, true)).join(", ");
	return [standard.rooms[room] === false ? "" : shown, lowerFirst(whenOff(room)).replace(/\.$/, "")]
		.filter(Boolean)
		.join("; ");
}

const VARIABLE_ROWS = Object.values(VARIABLES).map(({ name, purpose, secret }) => [
	secret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``,
	purpose,
	variableEffect(name),
]);

function variableEffect(name: string): string {
	if (name === "NODE_ENV") return "the mode: what counts as a fault, HSTS, the format of the log";
	const paths = [...changedByVariable].filter(([, names]) => names.includes(name)).map(([path]) => path);
	if (paths.length > 0) return paths.map((path) => code(path, true)).join(", ");
	// The program listens, so the program reads them.
	if (name === "PORT" || name === "HOST") return "nothing: checked at boot, before `listen` fails by it";
	return "checked at boot; nothing reads it yet";
}

const explained = explainConfig(
	resolveOptions(
		{ preset: "web", rateLimit: { limit: 1_000 } },
		{ ...WITH_SECRET, TRUST_PROXY: "1", KUBERNETES_SERVICE_HOST: "10.96.0.1", REDIS_URL: "redis://redis" },
	),
);
const EXPLAIN_SHOWN =
	/^(?:preset|platform|mode|session\.(?:secret|idle|absolute)|requestId\.header|proxy\.hops|cors|rateLimit\.(?:limit|windowMs)|compression\.|server\.keep|shutdown\.(?:dead|drain|linger))/;
const explainLines = explained
	.split("\n")
	.filter((line) => EXPLAIN_SHOWN.test(line))
	.map((line) => line.trimEnd());

const README_BLOCKS: Blocks = {
	rooms: table([["Room", "Protects from", "Default", "Switch off"], ...ROOM_ROWS]),
	variables: table([["Variable", "What it is for", "What it changes now"], ...VARIABLE_ROWS]),
	explain: ["```text", ...explainLines, "```"].join("\n"),
};

/** What stands between two markers of a page, by their name. */
type Blocks = Readonly<Record<string, string>>;

/** A page with what stands between its markers written anew. */
export function withBlocks(page: string, blocks: Blocks = README_BLOCKS): string {
	let text = readFileSync(join(ROOT, page), "utf8");
	for (const [name, block] of Object.entries(blocks)) {
		const [begin, end] = [`<!-- begin: ${name} -->`, `<!-- end: ${name} -->`];
		const from = text.indexOf(begin);
		const to = text.indexOf(end);
		if (from === -1 || to < from) throw new Error(`${page} has no place for ${name}`);
		text = `${text.slice(0, from)}${begin}\n${block}\n${text.slice(to)}`;
	}
	return text;
}
