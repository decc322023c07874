import { ProductionReadyError } from "../errors.ts";
import { entriesOf } from "./env-object.ts";
import { maskValue } from "./mask.ts";
import { isSecret, MASK } from "./secret.ts";

const { inspect } = process.getBuiltinModule("node:util");

/** A line for each variable: its name, its value with secrets hidden, and whether env, file or default gave it. */
export function describeEnv(env: object): string {
	const entries = entriesOf(env);
	if (entries === undefined) {
		throw new ProductionReadyError(
			"OPTION_INVALID",
			"describeEnv was given an object that defineEnv did not make",
			"give it what defineEnv returned, not a copy",
		);
	}
	const rows = entries.map(({ name, value, source }) => [name, shown(name, value), source]);
	const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
	return rows
		.map(([name, value, source]) => `${name!.padEnd(widths[0]!)}  ${value!.padEnd(widths[1]!)}  ${source}`)
		.join("\n");
}

function shown(name: string, value: unknown): string {
	if (value === undefined) return "-";
	const masked = maskValue(name, value);
	if (isSecret(masked) || masked === MASK) return String(masked);
	// Quoted, so that neither line breaks nor terminal codes in a value are carried out.
	return inspect(masked, { breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 8 });
}
