import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RoomKey } from "../../packages/core/src/config/options.ts";
import { PLATFORM_NAMES } from "../../packages/core/src/config/platforms.ts";
import { PRESETS, type PresetName } from "../../packages/core/src/config/presets.ts";
import { type Config, resolveOptions } from "../../packages/core/src/config/resolve.ts";
import { code } from "./markdown.ts";
import { SOURCES } from "./places.ts";

export const PRODUCTION: Readonly<Record<string, string>> = { NODE_ENV: "production" };
/** What the preset `web` does not start without. */
export const WITH_SECRET: Readonly<Record<string, string>> = {
	...PRODUCTION,
	SESSION_SECRET: "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL",
};
export const PRESET_NAMES: readonly PresetName[] = Object.keys(PRESETS) as PresetName[];

/** What each preset resolves to where nothing else has a say. */
export const resolved: ReadonlyMap<PresetName, Config> = new Map(
	PRESET_NAMES.map((preset) => [
		preset,
		resolveOptions({ preset, platform: "plain" }, preset === "web" ? WITH_SECRET : PRODUCTION),
	]),
);
/** What an app without options gets. */
export const standard: Config = resolved.get("api")!;

export function standardValue(room: RoomKey, key: string): string {
	return String((standard.rooms[room] as Record<string, unknown>)[key]);
}

/** The comment above each key of `<Room>Options`, as it stands in the sources. */
export const meanings: ReadonlyMap<string, string> = new Map(
	readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
		.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
		.flatMap((file) => optionComments(readFileSync(join(SOURCES, file), "utf8"))),
);

function optionComments(source: string): (readonly [path: string, comment: string])[] {
	const found: (readonly [string, string])[] = [];
	for (const [, name, body] of source.matchAll(
		/export (?:interface|type) (\w+)Options\b[^{]*\{\n(.*?)\n\}/gs,
	)) {
		const room = name![0]!.toLowerCase() + name!.slice(1);
		for (const [, comment, key] of body!.matchAll(/\/\*\*(.*?)\*\/\s*(\w+)\?:/gs)) {
			found.push([`${room}.${key}`, comment!.replace(/\s*\n\s*\*\s*/g, " ").trim()]);
		}
	}
	return found;
}

/** Several instances share a store. */
const SHARED = { ...PRODUCTION, REDIS_URL: "redis://redis.example.com" };

/** Variables whose presence changes a value, found out by setting them. */
const VARIABLE_SAMPLES: Readonly<Record<string, readonly string[]>> = {
	LOG_LEVEL: ["debug"],
	TRUST_PROXY: ["1", "10.0.0.0/8"],
	SHUTDOWN_GRACE_SECONDS: ["5"],
	PORT: ["3000"],
	HOST: ["127.0.0.1"],
	APP_ENV: ["staging"],
	REDIS_URL: ["redis://127.0.0.1:6379"],
	REDIS_PASSWORD: ["a password"],
	REDIS_TLS: ["true"],
	REDIS_PREFIX: ["shop:"],
	EXTERNAL_URL: ["https://app.example.com"],
	SESSION_SECRET: [WITH_SECRET.SESSION_SECRET!],
};

/** By origin, and by value where it is a consequence: what names a proxy sets how long connections linger. */
export const changedByVariable: ReadonlyMap<string, readonly string[]> = groupedByPath(
	Object.entries(VARIABLE_SAMPLES).flatMap(([name, samples]) =>
		samples.flatMap((sample) => {
			const [without, changed] = [onKubernetes({}), onKubernetes({ [name]: sample })];
			const paths = new Set([...originsOf(changed, `env:${name}`), ...differences(without, changed)]);
			return [...paths].map((path) => [path, name] as const);
		}),
	),
);

function onKubernetes(variables: Readonly<Record<string, string>>): Config {
	return resolveOptions({ platform: "kubernetes", https: {} }, { ...SHARED, ...variables });
}

/** Of rooms that are on in both. */
function differences(one: Config, other: Config): string[] {
	return Object.keys(other.origins).filter((path) => {
		const [room, key] = path.split(".") as [RoomKey, string?];
		const [before, after] = [one.rooms[room], other.rooms[room]] as (Record<string, unknown> | false)[];
		if (key === undefined || !before || !after) return false;
		return JSON.stringify(before[key]) !== JSON.stringify(after[key]);
	});
}

function groupedByPath(pairs: readonly (readonly [path: string, name: string])[]): Map<string, string[]> {
	const grouped = new Map<string, string[]>();
	for (const [path, name] of pairs) {
		const names = grouped.get(path) ?? [];
		if (!names.includes(name)) grouped.set(path, [...names, name]);
	}
	return grouped;
}

const changedByPlatform: ReadonlySet<string> = new Set(
	PLATFORM_NAMES.flatMap((platform) => originsOf(resolveOptions({ platform }, PRODUCTION), "platform:")),
);

function originsOf(config: Config, prefix: string): string[] {
	return Object.entries(config.origins)
		.filter(([path, origin]) => path.includes(".") && origin.startsWith(prefix))
		.map(([path]) => path);
}

/** What changes a value beside the code. */
export function changers(room: string, key: string): string {
	const path = `${room}.${key}`;
	const presets = PRESET_NAMES.flatMap((preset) => {
		const values = PRESETS[preset][room];
		if (values === undefined || values === false || !(key in values)) return [];
		const value = values[key];
		return [`preset ${preset}${typeof value === "object" ? "" : ` (${code(value)})`}`];
	});
	const variables = changedByVariable.get(path) ?? [];
	return [
		...(changedByPlatform.has(path) ? ["[platform](../platforms.md)"] : []),
		...presets,
		...variables.map((variable) => code(variable, true)),
	].join(", ");
}

/** The presets in which a room is off until it is asked for. */
export function offIn(room: string): readonly PresetName[] {
	return PRESET_NAMES.filter((preset) => resolved.get(preset)!.rooms[room as RoomKey] === false);
}

export function whenOff(room: string): string {
	const presets = offIn(room);
	if (presets.length === 0) return "";
	return presets.length === PRESET_NAMES.length
		? "Off until it is asked for."
		: `Off in the preset ${presets.map((preset) => code(preset, true)).join(", ")} until it is asked for.`;
}
