/** What `defineEnv`, the report and `.env.example` know of our own kinds beside what zod knows. */
export interface KindFacts {
	/** Completes "set PORT to ...". */
	readonly what: string;
	/** A value for `.env.example`. */
	readonly example: string;
	/** The text that gives a value, for defaults that are shown. */
	readonly textOf?: (value: unknown) => string;
	/** Gives a Secret, and may come from the file named in `NAME_FILE`. */
	readonly concealed?: true;
	/** Judged by the rule for weak secrets, with this length. */
	readonly minBytes?: number;
}

const kinds = new WeakMap<object, KindFacts>();

/** Remembers the facts with the innermost schema of a kind: the one object that every chained call keeps. */
export function addFacts(innermost: object, facts: KindFacts): void {
	kinds.set(innermost, facts);
}

export function factsOf(schema: object): KindFacts | undefined {
	return firstLayer(schema, (layer) => kinds.get(layer));
}

/** What `.describe()` or `.meta()` said, at whatever place of the chain. */
export function descriptionOf(schema: object): string | undefined {
	return firstLayer(schema, (layer) =>
		"description" in layer && typeof layer.description === "string" ? layer.description : undefined,
	);
}

/** `z.coerce.boolean()` takes "false" and "0" for true. */
export function coercesToBoolean(schema: object): boolean {
	return (
		firstLayer(schema, (layer) => {
			const { coerce, type, typeName } = definition(layer);
			return coerce === true && (type === "boolean" || typeName === "ZodBoolean") ? true : undefined;
		}) ?? false
	);
}

/** Walks from `.optional()`, `.default()`, `.transform()` and the like inwards; knows zod 3 and 4. */
function firstLayer<T>(schema: object, read: (layer: object) => T | undefined): T | undefined {
	let layer: unknown = schema;
	while (typeof layer === "object" && layer !== null) {
		const found = read(layer);
		if (found !== undefined) return found;
		const { innerType, in: input, schema: effected } = definition(layer);
		layer = innerType ?? input ?? effected;
	}
	return undefined;
}

function definition(layer: object): Record<string, unknown> {
	return "_def" in layer ? (layer._def as Record<string, unknown>) : {};
}
