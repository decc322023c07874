/** How many are counted apart: what each of more than a thousandth of all has sent is never missed. */
const MAX_COUNTED = 1_000;

/** The most frequent of many names in bounded memory, as Misra and Gries count them (1982). */
export interface Frequent {
	add(name: string): void;
	/** The first ones, and how often each came: exactly where there were few names, else at least so often. */
	top(count: number): readonly (readonly [name: string, atLeast: number])[];
}

export function countFrequent(maxCounted: number = MAX_COUNTED): Frequent {
	const counts = new Map<string, number>();

	/** Takes one from each for the one that finds no room: so many cannot push out the few that come often. */
	function takeFromAll(): void {
		for (const [name, count] of counts) {
			if (count === 1) counts.delete(name);
			else counts.set(name, count - 1);
		}
	}

	return {
		add(name) {
			const count = counts.get(name);
			if (count !== undefined) counts.set(name, count + 1);
			else if (counts.size < maxCounted) counts.set(name, 1);
			else takeFromAll();
		},
		top: (count) => [...counts].sort(([, a], [, b]) => b - a).slice(0, count),
	};
}
