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

function escaped(character: string): string {
	const code = character.codePointAt(0)!;
	if (code > 0xffff) return `\\u{${code.toString(16)}}`;
	return SHORT[character] ?? `\\u${code.toString(16).padStart(4, "0")}`;
}
