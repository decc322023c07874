import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOMS } from "../../packages/core/src/config/options.ts";
import { HEADERS } from "../../packages/core/src/headers/headers.ts";
import { ROOT, SOURCES } from "./places.ts";

const PAGES = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"].concat(
	["docs", "decisions", "packages/core", "packages/express", "packages/fastify"].flatMap((folder) =>
		readdirSync(join(ROOT, folder))
			.filter((file) => file.endsWith(".md"))
			.map((file) => `${folder}/${file}`),
	),
);

/** Keys that a page names and no room has, and links that lead nowhere. */
function faultsOf(page: string): string[] {
	const text = readFileSync(join(ROOT, page), "utf8");
	return [...unknownKeys(text), ...deadLinks(page, text)].map((fault) => `${page}: ${fault}`);
}

/** What Node calls by the name of a room. */
const NODES_OWN = ["https.Server"];

function unknownKeys(text: string): string[] {
	const named = [
		...text.matchAll(/`(\w+)\.(\w+)`/g),
		...text.matchAll(/`(?:[^`\n]*[{(]\s*)?(\w+): \{ (\w+):/g),
	].map(([, room, key]) => [room!, key!] as const);
	return named
		.filter(([room]) => ROOMS.some(({ key }) => key === room))
		.filter(
			([room, key]) =>
				key !== "ts" &&
				!NODES_OWN.includes(`${room}.${key}`) &&
				!Object.hasOwn(ROOMS.find((known) => known.key === room)!.CHECKS, key),
		)
		.map(([room, key]) => `there is no option ${room}.${key}`);
}

function deadLinks(page: string, text: string): string[] {
	return [...text.matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)]
		.map(([, target]) => target!)
		.filter((target) => !existsSync(join(ROOT, dirname(page), target)))
		.map((target) => `${target} does not exist`);
}

/** Rooms and other folders of core that the map of the house leaves out. */
function unmapped(): string[] {
	const map = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");
	return readdirSync(SOURCES, { withFileTypes: true })
		.filter((entry) => entry.isDirectory() && readdirSync(join(SOURCES, entry.name)).length > 0)
		.filter((entry) => !map.includes(`${entry.name}/`))
		.map((entry) => `ARCHITECTURE.md: says nothing of packages/core/src/${entry.name}/`);
}

/** Options of helmet that the page for those who come from there leaves out. */
function unmovedHelmetOptions(): string[] {
	const page = readFileSync(join(ROOT, "docs/coming-from.md"), "utf8");
	return Object.keys(HEADERS.CHECKS)
		.filter((key) => !page.includes(`\`${key}\``))
		.map((key) => `docs/coming-from.md: says nothing of helmet's ${key}`);
}

/** What the hand-written pages say and the code does not. */
export function faultsOfPages(): string[] {
	return [...PAGES.flatMap(faultsOf), ...unmapped(), ...unmovedHelmetOptions()];
}
