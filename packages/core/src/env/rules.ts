import { factsOf } from "./facts.ts";
import type { Mode } from "./mode.ts";
import { conceal, type Secret } from "./secret.ts";
import type { OutputOf, StandardSchema } from "./standard-schema.ts";

/** A schema, and what depends on where the process runs. */
export interface Rule {
	readonly schema: StandardSchema;
	readonly development?: { readonly value: unknown };
	readonly requiredIn?: readonly string[];
}

/** A secret is given as text, everything else as what the schema gives. */
export type DevelopmentValue<T> = T extends Secret ? string : T;

/** A mode, or a stage named in APP_ENV. */
export type Stage = Mode | (string & {});

const rules = new WeakMap<object, Rule>();

export function ruleOf(schema: StandardSchema): Rule {
	return rules.get(schema) ?? { schema };
}

/**
 * A default for development and test. In production, and that is every other NODE_ENV, it never passes.
 * For a secret the value is its text.
 */
export function developmentOnly<S extends StandardSchema>(
	schema: S,
	value: DevelopmentValue<OutputOf<S>>,
): StandardSchema<OutputOf<S>> {
	const isText = typeof value === "string" && factsOf(ruleOf(schema).schema)?.concealed;
	return ruled<OutputOf<S>>(schema, { development: { value: isText ? conceal(value) : value } });
}

/** Required in these modes and stages, whatever defaults the schema has; optional in all others. */
export function requiredIn<S extends StandardSchema>(
	schema: S,
	stages: readonly Stage[],
): StandardSchema<OutputOf<S> | undefined> {
	return ruled<OutputOf<S> | undefined>(schema, { requiredIn: stages });
}

function ruled<Output>(schema: StandardSchema, part: Partial<Rule>): StandardSchema<Output> {
	const wrapped = Object.freeze({ "~standard": schema["~standard"] });
	rules.set(wrapped, { ...ruleOf(schema), ...part });
	return wrapped as StandardSchema<Output>;
}
