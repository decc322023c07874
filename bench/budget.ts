/** What a request may cost over the bare framework, as data, and what is said of a figure that is over it. */
import type { Counts } from "./counts.ts";

/** Of an arm, over the bare framework of its kind. */
export type Figures = Readonly<Record<string, number>>;
/** Upper bounds, by arm and figure. */
export type Budget = Readonly<Record<string, Figures>>;

interface Figure {
	readonly unit: string;
	/** What stands between what was counted and its budget: as much as a count differs from the next one. */
	readonly slack: (counted: number, arm: string) => number;
	/** Shows where it comes from, for an arm. */
	readonly see: string;
}

/**
 * In memory it repeats within 0.5 %, also on a machine that is busy with forty other things, and a kilobyte more is seen. What
 * Redis answers comes in more than one way, and it repeats within 3 %.
 */
const bytes = (scene: string): Figure => ({
	unit: "bytes of heap",
	slack: (counted, arm) => 300 + (arm.endsWith("redis") ? 0.03 : 0.01) * Math.max(counted, 0),
	see: `--what heap --scene ${scene}`,
});
/** Timers have theirs, and a log that is written by time too: on a busy machine there are more of them to a request. */
const calls = (scene: string): Figure => ({
	unit: "system calls",
	slack: () => 0.2,
	see: `--what calls --scene ${scene}`,
});
const redis = (unit: string, scene: string): Figure => ({
	unit,
	slack: (counted) => 0.01 * counted,
	see: `--what redis --scene ${scene}`,
});

export const FIGURES: Readonly<Record<string, Figure>> = {
	heapBytes: bytes("small"),
	heapBytesSessionUntouched: bytes("untouched"),
	heapBytesSessionRead: bytes("read"),
	systemCalls: calls("small"),
	systemCallsSessionRead: calls("read"),
	redisCommandsSessionRead: redis("commands", "read"),
	redisRoundTripsSessionRead: redis("round trips, one after the other", "read"),
	redisCommandsBlocked: redis("commands", "flood"),
	modules: { unit: "files loaded by the first answer", slack: () => 0, see: "--what modules" },
};

export function overBare(arm: Counts, bare: Counts): Figures {
	const all: Record<string, number | undefined> = {
		heapBytes: arm.heapBytes.small! - bare.heapBytes.small!,
		heapBytesSessionUntouched: arm.heapBytes.untouched! - bare.heapBytes.untouched!,
		heapBytesSessionRead: arm.heapBytes.read! - bare.heapBytes.read!,
		systemCalls: arm.systemCalls && arm.systemCalls.small! - bare.systemCalls!.small!,
		systemCallsSessionRead: arm.systemCalls && arm.systemCalls.read! - bare.systemCalls!.read!,
		redisCommandsSessionRead: arm.redis && commandsOf(arm.redis.read!.commands),
		redisRoundTripsSessionRead: arm.redis && arm.redis.read!.inSequence,
		redisCommandsBlocked: arm.redis && commandsOf(arm.redis.flood!.commands),
		modules: arm.modules - bare.modules,
	};
	const counted = Object.entries(all).filter(([, value]) => value !== undefined);
	return Object.fromEntries(counted) as Figures;
}

function commandsOf(commands: Readonly<Record<string, number>>): number {
	return Object.values(commands).reduce((sum, count) => sum + count, 0);
}

/** A figure over its budget, or without one. */
export function faultsOf(arm: string, counted: Figures, budget: Budget): readonly string[] {
	return Object.entries(counted).flatMap(([name, value]) => {
		const bound = budget[arm]?.[name];
		if (bound !== undefined && value <= bound) return [];
		const { unit, see } = FIGURES[name]!;
		const allowed = bound === undefined ? "and it has no budget" : `and its budget is ${shown(bound)}`;
		return [
			`${arm}: ${name} is ${shown(value)} ${unit} over bare, ${allowed}. See it: pnpm bench:profile "${arm}" ${see}`,
		];
	});
}

/** Bounds close to what was counted. One that is lower already stays, unless it may be raised. */
export function boundsFor(arm: string, counted: Figures, budget: Budget, mayRaise: boolean): Figures {
	const bounds = Object.entries(counted).map(([name, value]) => {
		const close = rounded(name, value + FIGURES[name]!.slack(value, arm));
		const old = budget[arm]?.[name];
		return [name, old === undefined || mayRaise ? close : Math.min(close, old)];
	});
	return { ...budget[arm], ...Object.fromEntries(bounds) };
}

const rounded = (name: string, value: number): number =>
	name.startsWith("heap") ? Math.ceil(value) : Math.ceil(value * 100 - 1e-9) / 100;

export const shown = (value: number): string =>
	Number.isInteger(value) || Math.abs(value) >= 100
		? Math.round(value).toLocaleString("en")
		: value.toFixed(2);
