import type { OutputOf, StandardSchema } from "./standard-schema.ts";

/** Variables by name, each with a kind of ours or any Standard Schema (zod 3.24+ and 4, valibot, arktype). */
export type Shape = Readonly<Record<string, StandardSchema>>;

/** What a shape gives. */
export type Env<S extends Shape> = { readonly [Name in keyof S]: OutputOf<S[Name]> };
