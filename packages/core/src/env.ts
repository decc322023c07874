/** The environment, declared and judged: `@production-ready/core/env`. */
export { type DefineEnvOptions, defineEnv } from "./env/define-env.ts";
export { describeEnv } from "./env/describe-env.ts";
export { envExample } from "./env/env-example.ts";
export {
	bool,
	byteSize,
	cidrList,
	duration,
	integer,
	json,
	type Kind,
	list,
	port,
	type SecretOptions,
	secret,
	type UrlOptions,
	url,
} from "./env/kinds.ts";
export { developmentOnly, requiredIn, type Stage } from "./env/rules.ts";
export type { Secret } from "./env/secret.ts";
export type { Env, Shape } from "./env/shape.ts";
export type { Environment } from "./env/source.ts";
export type { OutputOf, StandardSchema } from "./env/standard-schema.ts";
