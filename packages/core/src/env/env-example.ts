import { descriptionOf, factsOf } from "./facts.ts";
import { ruleOf } from "./rules.ts";
import { isSecret } from "./secret.ts";
import type { Shape } from "./shape.ts";
import { askSchema, type StandardSchema } from "./standard-schema.ts";
import { STRONG_SECRET_HINT } from "./weakness.ts";

/**
 * The text of `.env.example` for a shape: what must be set as lines to fill in, what may be left out as comments.
 * The placeholders of secrets are refused in production, so nobody deploys them by accident.
 */
export function envExample(shape: Shape): string {
	return Object.entries(shape)
		.map(([name, schema]) => exampleOf(name, schema))
		.join("\n");
}

function exampleOf(name: string, declared: StandardSchema): string {
	const { schema, requiredIn, development } = ruleOf(declared);
	const facts = factsOf(schema);
	const absent = askSchema(schema, undefined);
	const isOptional = requiredIn !== undefined || "value" in absent;
	const textOf = facts?.textOf ?? String;
	const shown = (value: unknown): string => (isSecret(value) ? "" : `: ${textOf(value)}`);
	const comments = [
		...(descriptionOf(schema)?.split("\n") ?? []),
		...(facts === undefined ? [] : [facts.what]),
		...(facts?.minBytes === undefined ? [] : [STRONG_SECRET_HINT]),
		...(requiredIn === undefined ? [] : [`required in ${requiredIn.join(", ")}`]),
		...(development === undefined ? [] : [`in development by itself${shown(development.value)}`]),
	];
	const preset = "value" in absent && absent.value !== undefined ? textOf(absent.value) : undefined;
	const line = `${name}=${preset ?? facts?.example ?? ""}`;
	return [...comments.map((comment) => `# ${comment}`), isOptional ? `# ${line}` : line, ""].join("\n");
}
