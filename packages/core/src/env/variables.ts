import type { Fault } from "../errors.ts";
import { deepFreeze } from "../freeze.ts";
import { judgeNodeEnv, modeOf } from "./mode.ts";
import { type Environment, faultAt, findText, type Source, snapshot } from "./source.ts";
import { tidy } from "./text.ts";
import { VARIABLES, type Variable, type Variables } from "./variable-table.ts";
import { reusedSecrets, weakFaults } from "./weakness.ts";

export type { Mode } from "./mode.ts";
export { modeOf } from "./mode.ts";
export type { TrustProxy } from "./trust-proxy.ts";
export { VARIABLES, type Variable, type Variables, type VariableTable } from "./variable-table.ts";

export interface ReadVariables {
	readonly variables: Variables;
	/** Stop the boot. */
	readonly faults: readonly Fault[];
	/** To be said once. */
	readonly notices: readonly Fault[];
	/** The names that were set, and where. */
	readonly given: Readonly<Record<string, Source>>;
	/** The names that were set to nothing, which counts as not set. */
	readonly emptied: readonly string[];
}

/** One reading of the environment; faults and notices hold no part of any value. Does not load zod. */
export function readVariables(environment: Environment): ReadVariables {
	const seen = snapshot(environment);
	const { faults, notices } = judgeNodeEnv(seen);
	const values: Record<string, unknown> = Object.create(null);
	const given: Record<string, Source> = Object.create(null);
	const emptied: string[] = [];
	for (const [key, { name, parse, secret = false }] of Object.entries<Variable<unknown>>(VARIABLES)) {
		values[key] = undefined;
		const found = findText(seen, name, secret);
		if (found.source !== "unset") given[name] = found.source;
		else if (seen[name] !== undefined) emptied.push(name);
		if (found.fault !== undefined) faults.push(found.fault);
		if (found.text === undefined) continue;
		// NODE_ENV has been judged above, as it stands.
		const parsed = (name === "NODE_ENV" ? undefined : tidy(found.text)) ?? parse(found.text);
		if ("value" in parsed) values[key] = parsed.value;
		else faults.push(faultAt(name, parsed));
	}
	const variables = values as unknown as Variables;
	const weak = modeOf(seen.NODE_ENV) === "production" ? faults : notices;
	weak.push(...weakSecrets(variables));
	return deepFreeze({ variables, faults, notices, given, emptied });
}

function weakSecrets({ sessionSecrets = [], redisPassword }: Variables): Fault[] {
	const { name } = VARIABLES.sessionSecrets;
	const secrets = sessionSecrets.map((secret) => ({ name, text: secret.reveal() }));
	const texts = secrets.map(({ text }) => text);
	const weak = weakFaults(name, texts);
	if (redisPassword !== undefined) {
		secrets.push({ name: VARIABLES.redisPassword.name, text: redisPassword.reveal() });
	}
	return [...weak, ...reusedSecrets(secrets)];
}
