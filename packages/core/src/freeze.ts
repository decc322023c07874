/** Freezes plain objects and arrays, all the way down; class instances and functions stay as they are. */
export function deepFreeze<T>(value: T): T {
	freezeParts(value, new WeakSet());
	return value;
}

function freezeParts(value: unknown, seen: WeakSet<object>): void {
	if (!isPlain(value) || seen.has(value)) return;
	seen.add(value);
	for (const part of Object.values(value)) freezeParts(part, seen);
	Object.freeze(value);
}

/** A copy of plain objects and arrays, all the way down: what a caller handed over stays the caller's. */
export function copyPlain<T>(value: T): T {
	return copyParts(value, new Map()) as T;
}

function copyParts(value: unknown, copies: Map<object, unknown>): unknown {
	if (!isPlain(value)) return value;
	if (copies.has(value)) return copies.get(value);
	const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
	copies.set(value, copy);
	for (const [key, part] of Object.entries(value))
		Object.defineProperty(copy, key, own(copyParts(part, copies)));
	return copy;
}

// Defined and not assigned: a key may be called `__proto__`.
function own(value: unknown): PropertyDescriptor {
	return { value, configurable: true, enumerable: true, writable: true };
}

const kept = new WeakSet<object>();

/** From now on neither copied nor frozen: an object with a life of its own, such as a logger. */
export function keepWhole(value: object): void {
	kept.add(value);
}

function isPlain(value: unknown): value is object {
	if (typeof value !== "object" || value === null || kept.has(value)) return false;
	const prototype = Object.getPrototypeOf(value);
	return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
