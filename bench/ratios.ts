/** Figures of several rounds, compared within each round: a machine that slows down slows both. */

/** By the arm's full name, one figure a round. */
export type Rounds = Readonly<Record<string, readonly number[]>>;

export function ratios(rounds: Rounds, arm: string, to: string): readonly number[] {
	return rounds[arm]!.map((value, round) => value / rounds[to]![round]!);
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((one, other) => one - other);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** All figures, as what they are to one arm's of the same round. */
export function relativeTo(base: string, rounds: Rounds): Rounds {
	return Object.fromEntries(Object.keys(rounds).map((arm) => [arm, ratios(rounds, arm, base)]));
}
