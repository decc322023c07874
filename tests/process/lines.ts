/** A line of the log. */
export interface Line {
	readonly msg: string;
	readonly level: number;
	readonly [field: string]: unknown;
}

/** The lines that have come to their end. */
export const wholeLines = (text: string): string[] => text.split("\n").slice(0, -1);

/** Those lines of a text that are lines of a log. */
export function jsonLines(text: string): Line[] {
	return text.split("\n").flatMap((line) => {
		try {
			return line.startsWith("{") ? [JSON.parse(line) as Line] : [];
		} catch {
			return [];
		}
	});
}
