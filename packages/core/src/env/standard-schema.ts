/** The part of https://standardschema.dev that is read here; zod from 3.24, valibot, arktype and others have it. */
export interface StandardSchema<Output = unknown> {
	readonly "~standard": {
		readonly version: 1;
		readonly vendor: string;
		readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
		readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
	};
}

export type StandardResult<Output> =
	| { readonly value: Output; readonly issues?: undefined }
	| { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
	readonly message: string;
	/** zod's, not of the standard. */
	readonly code?: unknown;
	readonly params?: unknown;
}

export type OutputOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"];

/** What a schema says to one value, as data; `broken` when it cannot say anything now. */
export type Outcome =
	| { readonly value: unknown }
	| { readonly issues: readonly StandardIssue[] }
	| { readonly broken: "async" | "threw" };

/** Asks a schema. What it throws is dropped, since such messages quote the value. */
export function askSchema(schema: StandardSchema, value: unknown): Outcome {
	try {
		const result = schema["~standard"].validate(value);
		if ("then" in result) {
			// Its rejection would be unhandled and print the value.
			result.then(undefined, () => {});
			return { broken: "async" };
		}
		return result.issues === undefined ? { value: result.value } : { issues: result.issues };
	} catch {
		return { broken: "threw" };
	}
}
