// C0, DEL and C1 begin lines and drive terminals; U+2028 and U+2029 end lines in some viewers; the marks of writing
// direction show a text in another order than it has.
const CONTROL =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
	/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
// A half of a pair means nothing, and is written differently by everything that reads it.
const LONE_SURROGATE = /\p{Surrogate}/gu;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text that stays on its line and leaves the terminal alone: what would not is written as an escape. */
export function escapeControls(text: string): string {
	return text.replace(CONTROL, escaped).replace(LONE_SURROGATE, escaped);
}

// The same without C0, which JSON escapes by itself; its line break ends the line.
const CONTROL_IN_JSON =
	/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\udb40[\udc00-\udc7f]/g;

/** A line of JSON that stays one line, and quiet, also for what reads it as text: the same JSON, in other escapes. */
export function escapeJsonControls(line: string): string {
	return line.replace(CONTROL_IN_JSON, escapedUnits);
}

function escapedUnits(characters: string): string {
	let units = "";
	for (let index = 0; index < characters.length; index++) {
		units += `\\u${characters.charCodeAt(index).toString(16).padStart(4, "0")}`;
	}
	return units;
}

function escaped(character: string): string {
	const code = character.codePointAt(0)!;
	if (code > 0xffff) return `\\u{${code.toString(16)}}`;
	return SHORT[character] ?? `\\u${code.toString(16).padStart(4, "0")}`;
}
