/** How many requests each arm serves in a second, side by side: every round all of them, in an order that chance gives. */
import { inFull } from "../arms.ts";
import { type Asking, load, perSecond } from "../load.ts";
import type { Server } from "../server.ts";

const SLOT_SECONDS = 1;
const WARM_SECONDS = 3;

export interface Entry {
	readonly server: Server;
	readonly asking: Asking;
}

/** Requests a second of each round, by the arm's full name. */
export type Rounds = ReadonlyMap<string, readonly number[]>;

export async function measureThroughput(
	entries: readonly Entry[],
	rounds: number,
	say: (text: string) => void,
): Promise<Rounds> {
	const seen = new Map<string, number[]>(entries.map(({ server }) => [inFull(server.arm), []]));
	for (const { server, asking } of entries) await load(server, asking, WARM_SECONDS);
	for (let round = 1; round <= rounds; round++) {
		say(`round ${round} of ${rounds}`);
		for (const { server, asking } of shuffled(entries)) {
			seen.get(inFull(server.arm))!.push(perSecond(await load(server, asking, SLOT_SECONDS)));
		}
	}
	return seen;
}

/** Of one arm to another, within each round: a machine that slows down slows both. */
export function ratios(rounds: Rounds, arm: string, to: string): readonly number[] {
	const base = rounds.get(to)!;
	return rounds.get(arm)!.map((value, round) => value / base[round]!);
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((one, other) => one - other);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
	return items
		.map((item) => ({ item, place: Math.random() }))
		.sort((one, other) => one.place - other.place)
		.map(({ item }) => item);
}
