/** Each goal, what was seen, and whether it is reached. */
import { FRAMEWORKS, type Framework, STORES, type Store } from "./arms.ts";
import { overBare } from "./budget.ts";
import * as goals from "./goals.ts";
import { median, type Rounds, ratios } from "./ratios.ts";
import type { Results } from "./results.ts";
import { kilobytes, megabytes, range, shareOfBare, times } from "./wording.ts";

export interface Verdict {
	readonly figure: string;
	readonly seen: string;
	readonly goal: string;
	/** Missing where nothing can be said, with the reason in `seen` or in `doubt`. */
	readonly isReached?: boolean;
	/** Reached by the median, and not by every round. */
	readonly isSplit?: boolean;
	readonly doubt?: string;
}

const TOO_BUSY = "the machine was too busy";

export function verdictsOf(results: Results): readonly Verdict[] {
	return FRAMEWORKS.flatMap((framework) => [
		...STORES.flatMap((store) => throughputVerdicts(results, framework, store)),
		...packedVerdicts(results, framework),
		...countVerdicts(results, framework),
		floodVerdict(results, framework),
		...STORES.flatMap((store) => startVerdicts(results, framework, store)),
	]).concat(addressVerdicts(results));
}

const title = (framework: Framework): string => (framework === "express" ? "Express" : "Fastify");
const where = (framework: Framework, store: Store): string =>
	`${title(framework)}, ${store === "redis" ? "Redis" : "memory"}`;

function notMeasured(figure: string, goal: string): Verdict {
	return { figure, seen: "not measured yet", goal };
}

/** Bare again is bare: what differs is the machine's, and the machine is the same for both frameworks. */
export function isQuiet(rounds: Rounds): boolean {
	return FRAMEWORKS.every((framework) => {
		const control = median(ratios(rounds, `${framework} bare again`, `${framework} bare`));
		return control >= goals.CONTROL[0] && control <= goals.CONTROL[1];
	});
}

function judged(rounds: Rounds, verdict: Verdict): Verdict {
	if (isQuiet(rounds)) return verdict;
	const { isReached: _, ...rest } = verdict;
	return { ...rest, doubt: TOO_BUSY };
}

function throughputVerdicts(results: Results, framework: Framework, store: Store): readonly Verdict[] {
	const { ofBare, ofHand } = goals.THROUGHPUT[framework][store];
	const figure = `${where(framework, store)}: throughput with a session`;
	const rows = [
		["bare", "", `of ${title(framework)} alone`, ofBare],
		["hand", ` ${store}`, "of the stack by hand", ofHand],
		["tuned", ` ${store}`, "of the tuned stack", 1],
	] as const;
	const rounds = results.throughput?.scenes.read;
	return rows.map(([arm, of, words, wanted]) => {
		const goal = arm === "tuned" ? "more than 1" : `at least ${wanted}`;
		if (rounds === undefined) return notMeasured(`${figure}, ${words}`, goal);
		const seen = ratios(rounds, `${framework} ours ${store}`, `${framework} ${arm}${of}`);
		return judged(rounds, {
			figure: `${figure}, ${words}`,
			seen: arm === "bare" ? range(seen, shareOfBare) : range(seen, times),
			goal,
			isReached: arm === "tuned" ? median(seen) > wanted : median(seen) >= wanted,
			isSplit: Math.min(...seen) < wanted,
		});
	});
}

function packedVerdicts(results: Results, framework: Framework): readonly Verdict[] {
	const figure = `${title(framework)}: 20 kB packed, throughput, of the stack by hand`;
	const goal = `at least ${goals.PACKED[framework]}`;
	const sizeFigure = `${title(framework)}: 20 kB packed, size, of brotli's at quality 4`;
	const sizeGoal = `at most ${goals.PACKED_SIZE}`;
	const rounds = results.throughput?.scenes.packed;
	const name = `${framework} ours memory`;
	const sizes = (results.packed?.arms ?? []).filter(({ arm }) => arm === name);
	const seen = rounds && ratios(rounds, name, `${framework} hand memory`);
	return [
		rounds === undefined || seen === undefined
			? notMeasured(figure, goal)
			: judged(rounds, {
					figure,
					seen: range(seen, times),
					goal,
					isReached: median(seen) >= goals.PACKED[framework],
					isSplit: Math.min(...seen) < goals.PACKED[framework],
				}),
		sizes.length === 0
			? notMeasured(sizeFigure, sizeGoal)
			: {
					figure: sizeFigure,
					seen: sizes.map(({ encoding, ofBrotli4 }) => `${encoding} ${times(ofBrotli4)}`).join(", "),
					goal: sizeGoal,
					isReached: sizes.every(({ ofBrotli4 }) => ofBrotli4 <= goals.PACKED_SIZE),
				},
	];
}

function countVerdicts(results: Results, framework: Framework): readonly Verdict[] {
	const arms = results.counts?.arms ?? {};
	const bare = arms[`${framework} bare`];
	return STORES.flatMap((store): readonly Verdict[] => {
		const ours = arms[`${framework} ours ${store}`];
		const at = where(framework, store);
		if (bare === undefined || ours === undefined) {
			return [notMeasured(`${at}: heap, system calls, round trips`, "see below")];
		}
		const over = overBare(ours, bare);
		const heap = (what: string, bytes: number): Verdict => ({
			figure: `${at}: heap for a request${what}, over bare`,
			seen: kilobytes(bytes),
			goal: `at most ${kilobytes(goals.HEAP_BYTES_OVER_BARE)}`,
			isReached: bytes <= goals.HEAP_BYTES_OVER_BARE,
		});
		const verdicts = [
			heap("", over.heapBytes!),
			heap(" with a session that is read", over.heapBytesSessionRead!),
		];
		if (store === "memory" && over.systemCalls !== undefined) {
			verdicts.push({
				figure: `${at}: system calls for a request, over bare`,
				seen: over.systemCalls.toFixed(2),
				goal: `at most ${goals.SYSTEM_CALLS_OVER_BARE}`,
				isReached: over.systemCalls <= goals.SYSTEM_CALLS_OVER_BARE,
			});
		}
		if (ours.redis === undefined) return verdicts;
		const trips = (what: string, seen: number, wanted: number): Verdict => ({
			figure: `${at}: round trips to Redis, one after the other, ${what}`,
			seen: String(seen),
			goal: String(wanted),
			isReached: seen <= wanted,
		});
		return [
			...verdicts,
			trips("with a session that is read", ours.redis.read!.inSequence, goals.ROUND_TRIPS),
			trips("for a client that is blocked", ours.redis.flood!.inSequence, goals.ROUND_TRIPS_BLOCKED),
		];
	});
}

function floodVerdict(results: Results, framework: Framework): Verdict {
	const figure = `${title(framework)}, memory: what a 429 costs, against a 200 of Express alone`;
	const goal = "less";
	const rounds = results.throughput?.scenes.flood;
	if (rounds === undefined) return notMeasured(figure, goal);
	const share = ratios(rounds, `${framework} ours memory`, "express bare");
	return judged(rounds, {
		figure,
		seen: median(share) > 1 ? "less" : `more: ${range(share, shareOfBare)} of its throughput`,
		goal,
		isReached: median(share) > 1,
	});
}

function startVerdicts(results: Results, framework: Framework, store: Store): readonly Verdict[] {
	const figure = `${where(framework, store)}: start, over bare`;
	const goal = `at most ${goals.START_OVER_BARE_MS[store]} ms`;
	const heldFigure = `${where(framework, store)}: resident memory at the start, over bare`;
	const heldGoal = `at most ${megabytes(goals.MEMORY_OVER_BARE_BYTES[store])}`;
	if (results.start === undefined) return [notMeasured(figure, goal), notMeasured(heldFigure, heldGoal)];
	const { ms, bytes } = results.start;
	const name = `${framework} ours ${store}`;
	const control = Math.abs(median(ms[`${framework} bare again`]!));
	const started: Verdict = { figure, seen: range(ms[name]!, (value) => `${value.toFixed(0)} ms`), goal };
	return [
		control <= goals.CONTROL_START_MS
			? { ...started, isReached: median(ms[name]!) <= goals.START_OVER_BARE_MS[store] }
			: { ...started, doubt: TOO_BUSY },
		{
			figure: heldFigure,
			seen: range(bytes[name]!, megabytes),
			goal: heldGoal,
			isReached: median(bytes[name]!) <= goals.MEMORY_OVER_BARE_BYTES[store],
		},
	];
}

function addressVerdicts(results: Results): Verdict {
	const figure = "Limits in memory: bytes an address, of a million";
	const goal = `at most ${goals.BYTES_PER_ADDRESS}, and none is forgotten`;
	const ours = results.addresses?.stores.find(({ name }) => name === "ours");
	if (ours === undefined) return notMeasured(figure, goal);
	const isKept = ours.hitsAfterFlood > 100;
	return {
		figure,
		seen: `${ours.bytesPerKey.toFixed(0)}, and who had used up its limit ${isKept ? "is still blocked" : "is forgotten"}`,
		goal,
		isReached: isKept && ours.bytesPerKey <= goals.BYTES_PER_ADDRESS,
	};
}
