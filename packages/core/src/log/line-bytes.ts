/** The longest text in a line. */
export const TEXT_BYTES: number = 8 * 1024;

/** The message of a line: together with `LINE_BYTES` it keeps a whole line below 16 kB. */
export const MESSAGE_BYTES: number = 3 * 1024;

/** All that is logged beside the message. */
export const LINE_BYTES: number = 12 * 1024;

/** What a text takes in a line of JSON, in UTF-8 bytes: a control character takes six. */
export function lineBytes(text: string): number {
	let bytes = text.length;
	for (let index = 0; index < text.length; index++) bytes += extraBytes(text.charCodeAt(index));
	return bytes;
}

// What the marker of a cut takes; it is part of the allowance, so that a text that was cut is not cut again.
const MARKER_BYTES = 32;

/**
 * The beginning of a text that takes at most so many bytes, and how many characters were cut.
 * `behind` counts the characters that the caller cut before.
 */
export function cutText(text: string, maxBytes: number, behind = 0): string {
	if (behind === 0 && (text.length * 6 <= maxBytes || fittingLength(text, maxBytes) === text.length))
		return text;
	const end = fittingLength(text, Math.max(0, maxBytes - MARKER_BYTES));
	return `${text.slice(0, end)}[+${text.length - end + behind} characters]`;
}

function fittingLength(text: string, maxBytes: number): number {
	let bytes = 0;
	for (let index = 0; index < text.length; index++) {
		bytes += 1 + extraBytes(text.charCodeAt(index));
		if (bytes > maxBytes) return index > 0 && isHighSurrogate(text.charCodeAt(index - 1)) ? index - 1 : index;
	}
	return text.length;
}

function isHighSurrogate(unit: number): boolean {
	return unit >= 0xd800 && unit <= 0xdbff;
}

/** Written as an escape too, by `escapeJsonControls`. */
function isFormat(unit: number): boolean {
	if (unit < 0x2028) return unit === 0x61c || unit === 0x200e || unit === 0x200f;
	return unit <= 0x202e || (unit >= 0x2066 && unit <= 0x2069) || unit === 0xfeff;
}

function extraBytes(unit: number): number {
	if (unit < 0x7f) return unit < 0x20 ? 5 : unit === 0x22 || unit === 0x5c ? 1 : 0;
	if (unit < 0xa0 || isFormat(unit)) return 5;
	if (unit < 0x800) return 1;
	// A surrogate without its other half is written as an escape: count each as if it were alone.
	return unit >= 0xd800 && unit <= 0xdfff ? 5 : 2;
}
