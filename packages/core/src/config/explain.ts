import { onOneLine } from "../checks.ts";
import { ROOMS } from "./options.ts";
import type { Config } from "./resolve.ts";

/** Every value with its origin, as text; secrets are masked. `notes` are things seen since, such as a part that stands down. */
export function explainConfig(config: Config, notes: readonly string[] = []): string {
	const rows: (readonly [string, string, string])[] = [
		["preset", config.preset, config.origins.preset!],
		["platform", config.platforms.join(", "), config.origins.platform!],
		["mode", config.mode, config.origins.mode!],
	];
	for (const { key, CHECKS, inForce } of ROOMS) {
		const values = config.rooms[key as keyof Config["rooms"]];
		if (values === false) {
			rows.push([key, "off", config.origins[key]!]);
			continue;
		}
		if (inForce !== undefined) {
			const [name, text] = inForce(values);
			rows.push([key, text, config.origins[`${key}.${name}`]!]);
		}
		for (const [name, value] of Object.entries(values)) {
			const text = CHECKS[name]?.isSecret && !isPlain(value) ? "(set)" : valueText(value);
			rows.push([`${key}.${name}`, text, config.origins[`${key}.${name}`]!]);
		}
	}
	const pathWidth = Math.max(...rows.map(([path]) => path.length));
	const originWidth = Math.max(...rows.map(([, , origin]) => origin.length));
	const lines = rows.map(
		([path, value, origin]) => `${path.padEnd(pathWidth)}  ${origin.padEnd(originWidth)}  ${value}`,
	);
	return [...lines, ...notes.map((note) => `note: ${note}`)].join("\n");
}

/** Of a secret, what tells nothing: that it is not there, on or off. */
function isPlain(value: unknown): boolean {
	return value === undefined || typeof value === "boolean";
}

function valueText(value: unknown): string {
	if (value === undefined) return "-";
	if (typeof value === "function") return "(function)";
	if (typeof value === "object" && value !== null && "child" in value) return "(your logger)";
	return onOneLine(value, { depth: 6, maxArrayLength: 50, maxStringLength: 1_000 });
}
