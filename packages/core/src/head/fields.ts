/** What the head of an answer says: names as they were written, each followed by its value, in their order. */
export type Fields = (string | FieldValue)[];
export type FieldValue = string | number | string[];

/** Where a name stands, in whatever case; -1 where it does not. Nothing is put into lower case to be looked for. */
export function indexOfName(fields: Fields, name: string): number {
	for (let index = 0; index < fields.length; index += 2) {
		if (isSameName(fields[index] as string, name)) return index;
	}
	return -1;
}

const CASE = 0x20;
const LOWER_A = 0x61;
const LOWER_Z = 0x7a;
const LAST_ASCII = 0x7f;

/** `kept` is ASCII; `asked` may be anything. */
function isSameName(kept: string, asked: string): boolean {
	if (kept === asked) return true;
	if (kept.length !== asked.length) return false;
	for (let index = 0; index < kept.length; index++) {
		const one = kept.charCodeAt(index);
		const other = asked.charCodeAt(index);
		if (one === other) continue;
		// The Kelvin sign is a k in lower case, and Node goes by that.
		if (other > LAST_ASCII) return kept.toLowerCase() === asked.toLowerCase();
		const lower = one | CASE;
		if (lower !== (other | CASE) || lower < LOWER_A || lower > LOWER_Z) return false;
	}
	return true;
}

/** In the place of what is there under that name, else behind all others. */
export function putField(fields: Fields, name: string, value: FieldValue): void {
	const index = indexOfName(fields, name);
	if (index === -1) {
		fields.push(name, value);
	} else {
		fields[index] = name;
		fields[index + 1] = value;
	}
}

/** A token (RFC 9110, 5.6.2) that begins with no digit: objects put names that are numbers in front of all others. */
const NAME = /^[!#$%&'*+.^`|~A-Za-z_-][!#$%&'*+.^`|~\w-]*$/;
/** All but visible ASCII, spaces and tabs. Latin-1 may be sent too, but Node treats it in its own way in some headers. */
const ODD = /[^\t\x20-\x7e]/;

/** Whether Node takes a header as it is and sends it so. What is odd in any way is Node's to judge. */
export function isPlain(name: unknown, value: unknown): value is FieldValue {
	return typeof name === "string" && NAME.test(name) && isPlainValue(value);
}

function isPlainValue(value: unknown): boolean {
	if (typeof value === "string") return !ODD.test(value);
	return typeof value === "number" || (Array.isArray(value) && value.every(isPlainText));
}

function isPlainText(value: unknown): boolean {
	return typeof value === "string" && !ODD.test(value);
}
