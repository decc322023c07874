/** The known name nearest to a mistyped one, or nothing when none is near enough to be meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
	const limit = Math.max(1, Math.floor(name.length / 3));
	let best: string | undefined;
	let bestDistance = limit + 1;
	for (const candidate of known) {
		const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
		if (distance < bestDistance) {
			best = candidate;
			bestDistance = distance;
		}
	}
	return best;
}

/** Levenshtein's distance with swapped neighbours as one slip (optimal string alignment), row by row. */
function editDistance(a: string, b: string): number {
	let before: number[] = [];
	let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
			let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution);
			const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			if (isSwap) best = Math.min(best, before[j - 2]! + 1);
			row.push(best);
		}
		before = previous;
		previous = row;
	}
	return previous[b.length]!;
}
