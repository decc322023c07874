/** How one test of a framework's suite ended. */
export interface Result {
	/** From the folder of the suite. */
	readonly file: string;
	/** With the names of what it stands in. */
	readonly title: string;
	readonly outcome: "passed" | "failed" | "skipped";
	/** What it said when it failed. */
	readonly reason: string;
}

/** By `file: title`; of several of one name the second is `title #2`. */
export type Results = ReadonlyMap<string, Result>;

export function byName(results: readonly Result[]): Results {
	const named = new Map<string, Result>();
	for (const result of results) {
		const name = `${result.file}: ${result.title.replace(/\s+/g, " ").trim()}`;
		let free = name;
		for (let count = 2; named.has(free); count++) free = `${name} #${count}`;
		named.set(free, result);
	}
	return named;
}
