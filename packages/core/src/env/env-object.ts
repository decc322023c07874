import { ProductionReadyError } from "../errors.ts";
import { deepFreeze } from "../freeze.ts";
import { nearestName } from "../nearest.ts";
import { maskValue } from "./mask.ts";
import type { Source } from "./source.ts";

const { inspect } = process.getBuiltinModule("node:util");

export interface Entry {
	readonly name: string;
	readonly value: unknown;
	readonly source: Source;
}

/** Names that await, JSON, template strings and test frameworks look for on any object. */
const PROBES: ReadonlySet<PropertyKey> = new Set([
	"then",
	"toJSON",
	"toString",
	"valueOf",
	"constructor",
	"inspect",
	"nodeType",
	"tagName",
	"asymmetricMatch",
	"$$typeof",
	"__esModule",
]);

const entries = new WeakMap<object, readonly Entry[]>();

/**
 * The result of `defineEnv`: frozen, without prototype, printed with its secrets hidden. Reading a name that was
 * not declared throws ENV_UNKNOWN, since `undefined` would be taken for "not set".
 */
export function createEnv(declared: readonly Entry[]): object {
	const masked = (): object =>
		Object.fromEntries(declared.map(({ name, value }) => [name, maskValue(name, value)]));
	const target: object = Object.create(null, {
		[inspect.custom]: { value: (_: number, options: object) => inspect(masked(), options) },
	});
	for (const { name, value } of declared) {
		Object.defineProperty(target, name, { value: deepFreeze(value), enumerable: true });
	}
	const names = declared.map(({ name }) => name);
	const env = new Proxy(Object.freeze(target), {
		get(object, name) {
			if (typeof name === "symbol" || Object.hasOwn(object, name)) return Reflect.get(object, name);
			if (name === "toJSON") return masked;
			if (PROBES.has(name)) return undefined;
			const near = nearestName(name, names);
			const hint = near === undefined ? `declare ${name} in defineEnv` : `did you mean ${near}?`;
			throw new ProductionReadyError("ENV_UNKNOWN", `the env has no ${name}: ${hint}`, hint);
		},
	});
	entries.set(env, declared);
	return env;
}

/** What an env was made of; undefined for any other object. */
export function entriesOf(env: object): readonly Entry[] | undefined {
	return entries.get(env);
}
