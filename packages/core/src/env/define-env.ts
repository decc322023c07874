import { configError, type Fault } from "../errors.ts";
import { nearestName } from "../nearest.ts";
import { createEnv } from "./env-object.ts";
import { factsOf } from "./facts.ts";
import { type Judged, judgeVariable, type Place } from "./judge.ts";
import { judgeNodeEnv, modeOf } from "./mode.ts";
import { ruleOf } from "./rules.ts";
import type { Env, Shape } from "./shape.ts";
import { type Environment, faultAt, snapshot } from "./source.ts";
import { unsafeFaults } from "./unsafe.ts";
import { VARIABLES } from "./variable-table.ts";
import { reusedSecrets, weakFault } from "./weakness.ts";

export interface DefineEnvOptions {
	/** Read instead of `process.env`; neither is ever written. */
	readonly environment?: Environment;
	/** A variable that is set, starts like this and was not declared is a notice (ENV_UNKNOWN): `APP_`. */
	readonly prefix?: string;
	/** What an unsafe setting of the process in production is (ENV_UNSAFE); `fault` when left out. */
	readonly unsafe?: "fault" | "notice";
	/** Is told what works and should not stay; `process.emitWarning` when left out. */
	readonly onNotice?: (notice: Fault) => void;
}

/**
 * Reads the declared variables once. Throws one error with all faults, missing ones first, none of which holds any
 * part of a value; else gives a frozen object that hides its secrets wherever it is printed.
 */
export function defineEnv<S extends Shape>(shape: S, options: DefineEnvOptions = {}): Env<S> {
	const environment = snapshot(options.environment ?? process.env);
	const place = placeOf(shape, environment);
	const judged = Object.entries(shape).map(([name, schema]) => judgeVariable(name, schema, place));
	const passed = judged.filter((one): one is Judged => "name" in one);
	const faults = judged.flatMap((one) => ("name" in one ? [] : one.faults));
	const notices = options.prefix === undefined ? [] : unreadNotices(shape, place, options.prefix);

	(place.isProduction ? faults : notices).push(...weakSecrets(passed));
	if (!Object.hasOwn(shape, "NODE_ENV")) {
		const nodeEnv = judgeNodeEnv(environment);
		faults.push(...nodeEnv.faults);
		// That it is not set says the runtime; a script with an env of its own need not hear it.
		notices.push(...nodeEnv.notices.filter(({ code }) => code !== "ENV_MISSING"));
	}
	if (place.isProduction) {
		const execArgv = options.environment === undefined ? process.execArgv : [];
		(options.unsafe === "notice" ? notices : faults).push(...unsafeFaults(environment, execArgv));
	}
	if (faults.length > 0) throw configError(faults.sort(byKindAndName));
	for (const notice of notices) (options.onNotice ?? warn)(notice);
	return createEnv(passed.map(({ name, value, source }) => ({ name, value, source }))) as Env<S>;
}

function placeOf(shape: Shape, environment: Environment): Place {
	const mode = modeOf(environment.NODE_ENV);
	return {
		environment,
		isProduction: mode === "production",
		stages: [mode, environment.APP_ENV],
		strays: strayNames(shape, environment),
	};
}

/** What is set and not declared. */
function strayNames(shape: Shape, environment: Environment): string[] {
	const files = Object.entries(shape)
		.filter(([, schema]) => factsOf(ruleOf(schema).schema)?.concealed)
		.map(([name]) => `${name}_FILE`);
	const read = new Set([...Object.keys(shape), ...files]);
	// `_` is the shell's, and one slip of the finger away from every name of one letter.
	return Object.keys(environment).filter(
		(name) => name !== "_" && !read.has(name) && environment[name]?.trim(),
	);
}

function unreadNotices(shape: Shape, { strays }: Place, prefix: string): Fault[] {
	// What this library reads is not unread.
	const own = new Set(Object.values(VARIABLES).flatMap(({ name }) => [name, `${name}_FILE`]));
	return strays
		.filter((name) => name.startsWith(prefix) && !own.has(name))
		.map((at) => {
			const near = nearestName(at, Object.keys(shape));
			const hint = near === undefined ? "declare it in defineEnv, or unset it" : `did you mean ${near}?`;
			return faultAt(at, { code: "ENV_UNKNOWN", problem: "is set, and nothing reads it", hint });
		});
}

function weakSecrets(passed: readonly Judged[]): Fault[] {
	const secrets = passed.flatMap(({ name, text, facts }) =>
		text === undefined || facts?.minBytes === undefined ? [] : [{ name, text, minBytes: facts.minBytes }],
	);
	const weak = secrets.flatMap(({ name, text, minBytes }) => weakFault(name, text, minBytes) ?? []);
	return [...weak, ...reusedSecrets(secrets)];
}

function byKindAndName(a: Fault, b: Fault): number {
	const missingFirst = Number(b.code === "ENV_MISSING") - Number(a.code === "ENV_MISSING");
	return missingFirst || (a.at < b.at ? -1 : Number(a.at > b.at));
}

function warn({ code, at, problem, hint }: Fault): void {
	process.emitWarning(`${at} ${problem}`, { type: "ProductionReadyWarning", code, detail: hint });
}
