import type { Fault } from "../errors.ts";
import { nearestName } from "../nearest.ts";
import { coercesToBoolean, descriptionOf, factsOf, type KindFacts } from "./facts.ts";
import { issueRefusal } from "./issues.ts";
import { isSecretName } from "./mask.ts";
import { refuse } from "./parsed.ts";
import { type Rule, ruleOf } from "./rules.ts";
import { type Environment, faultAt, findText, type Source } from "./source.ts";
import { askSchema, type Outcome, type StandardSchema } from "./standard-schema.ts";
import { quotesKept } from "./text.ts";
import { STRONG_SECRET_HINT } from "./weakness.ts";

/** Where the process runs, and what is set there. */
export interface Place {
	readonly environment: Environment;
	readonly isProduction: boolean;
	/** The mode, and the stage of APP_ENV. */
	readonly stages: readonly (string | undefined)[];
	/** Names that are set and not declared: what a missing one may have been mistyped as. */
	readonly strays: readonly string[];
}

/** A variable that passed; `text` only where the text was set. */
export interface Judged {
	readonly name: string;
	readonly value: unknown;
	readonly source: Source;
	readonly text?: string;
	readonly facts?: KindFacts;
}

/** One variable of a shape: its value, or all that is wrong with it. */
export function judgeVariable(
	name: string,
	declared: StandardSchema,
	place: Place,
): Judged | { readonly faults: readonly Fault[] } {
	const rule = ruleOf(declared);
	const { schema } = rule;
	const facts = factsOf(schema);
	const found = findText(place.environment, name, facts?.concealed === true);
	if (found.fault !== undefined) return { faults: [found.fault] };
	if (coercesToBoolean(schema))
		return broken(name, 'is declared as z.coerce.boolean(): "false" would be true');
	const { text, source } = found;
	if (text === undefined) return judgeAbsent(name, rule, place);
	const quotes = facts === undefined ? quotesKept(text) : undefined;
	if (quotes !== undefined) return { faults: [faultAt(name, quotes)] };
	const outcome = askSchema(schema, text);
	if ("value" in outcome) {
		return { name, value: outcome.value, source, text, ...(facts !== undefined && { facts }) };
	}
	if ("broken" in outcome) return brokenSchema(name, outcome);
	const isConcealed = facts?.concealed === true || isSecretName(name);
	const refusals = outcome.issues.map((issue) => issueRefusal(issue, text, isConcealed));
	const different = new Map(refusals.map((refusal) => [refusal.problem, refusal]));
	return { faults: [...different.values()].map((refusal) => faultAt(name, refusal)) };
}

function judgeAbsent(name: string, rule: Rule, place: Place): ReturnType<typeof judgeVariable> {
	const stage = rule.requiredIn?.find((wanted) => place.stages.includes(wanted));
	if (stage !== undefined) return missing(name, rule.schema, place, `, and required in ${stage}`);
	if (rule.development !== undefined && !place.isProduction) {
		return { name, value: rule.development.value, source: "default" };
	}
	const outcome = askSchema(rule.schema, undefined);
	if ("value" in outcome) {
		return { name, value: outcome.value, source: outcome.value === undefined ? "unset" : "default" };
	}
	if ("broken" in outcome && outcome.broken === "async") return brokenSchema(name, outcome);
	if (rule.requiredIn !== undefined) return { name, value: undefined, source: "unset" };
	return missing(name, rule.schema, place, "");
}

function missing(name: string, schema: StandardSchema, place: Place, why: string): { faults: Fault[] } {
	const facts = factsOf(schema);
	const near = nearestName(name, place.strays);
	const description = descriptionOf(schema);
	const about = description === undefined ? "" : ` (${description})`;
	const how = facts === undefined ? `set ${name}` : `set ${name} to ${facts.what}, like ${facts.example}`;
	const hint = facts?.minBytes === undefined ? how : `set ${name} or ${name}_FILE; ${STRONG_SECRET_HINT}`;
	const didYouMean = near === undefined ? "" : `${near} is set, did you mean ${name}? Or `;
	return { faults: [faultAt(name, refuse(`is not set${about}${why}`, didYouMean + hint, "ENV_MISSING"))] };
}

function brokenSchema(name: string, outcome: Outcome & { broken: string }): { faults: Fault[] } {
	return broken(
		name,
		outcome.broken === "async"
			? "has a schema that is asynchronous, or that throws"
			: "has a schema that throws instead of refusing",
	);
}

function broken(name: string, problem: string): { faults: Fault[] } {
	const hint = "declare it with a schema that answers at once: bool(), json(), url() or one of your own";
	return { faults: [faultAt(name, refuse(problem, hint))] };
}
