import type { Fault } from "../errors.ts";
import { readSecretFile } from "./files.ts";
import type { Refusal } from "./parsed.ts";
import { variableText } from "./text.ts";

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value came from; `unset` is an optional variable that nobody gave. */
export type Source = "env" | "file" | "default" | "unset";

export interface Found {
	readonly text?: string;
	readonly source: "env" | "file" | "unset";
	readonly fault?: Fault;
}

/** A copy that later writes to `process.env` do not reach; names like `__proto__` are names like any other. */
export function snapshot(environment: Environment): Environment {
	return Object.freeze(Object.assign(Object.create(null), environment));
}

export function faultAt(name: string, { problem, hint, code = "ENV_INVALID" }: Refusal): Fault {
	return { code, at: name, problem, hint };
}

/** The text of a variable, or for a secret of the file named in `NAME_FILE`. */
export function findText(environment: Environment, name: string, mayBeFile: boolean): Found {
	const text = variableText(environment[name]);
	const fileName = `${name}_FILE`;
	const path = mayBeFile ? variableText(environment[fileName]) : undefined;
	if (path === undefined) return text === undefined ? { source: "unset" } : { text, source: "env" };
	if (text !== undefined) {
		const problem = `is set, and ${fileName} too`;
		const fault: Fault = { code: "ENV_FILE", at: name, problem, hint: "keep one of the two" };
		return { source: "env", fault };
	}
	const read = readSecretFile(path);
	if ("value" in read) return { text: read.value, source: "file" };
	return { source: "file", fault: faultAt(fileName, read) };
}
