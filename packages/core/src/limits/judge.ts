import type { RequestLimits } from "../exchange/exchange.ts";

/**
 * What is wrong with a parsed body, in words; nothing for one that may pass. Level by level and without calling itself,
 * so that no depth runs it out of stack, and each object once, so that one that holds itself is no endless one.
 */
export function judge(
	body: unknown,
	{ maxDepth, maxKeys }: Pick<RequestLimits, "maxDepth" | "maxKeys">,
): string | undefined {
	const parents = new Set<object>();
	let keys = 0;
	let level: readonly object[] = isPlain(body) ? [body] : [];
	for (let depth = 1; level.length > 0; depth++) {
		if (depth > maxDepth) return `the body is nested more than ${maxDepth} levels deep`;
		const below: object[] = [];
		for (const part of level) {
			if (parents.has(part)) continue;
			const before = below.length;
			if (Array.isArray(part)) {
				for (const item of part) if (isPlain(item)) below.push(item);
			} else {
				const names = Object.keys(part);
				keys += names.length;
				if (keys > maxKeys) return `the body has more than ${maxKeys} keys`;
				for (const name of names) {
					// Read in no other way than by this name: as a property it may be the prototype itself.
					if (name === "__proto__") return "the body has the key __proto__";
					const value = (part as Record<string, unknown>)[name];
					if (!isPlain(value)) continue;
					if (name === "constructor" && Object.hasOwn(value, "prototype"))
						return "the body has the keys constructor.prototype";
					below.push(value);
				}
			}
			// What holds nothing cannot hold itself.
			if (below.length > before) parents.add(part);
		}
		level = below;
	}
	return undefined;
}

/** Lists, and objects as parsers make them: streams, files and the like have a class above them. */
export function isPlain(value: unknown): value is object {
	if (typeof value !== "object" || value === null) return false;
	if (Array.isArray(value)) return true;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}
