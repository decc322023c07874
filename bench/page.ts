/** The figures as tables. */
import { code, table } from "../docs/generator/markdown.ts";
import { ARMS, FRAMEWORKS, inFull } from "./arms.ts";
import type { Counts } from "./counts.ts";
import { median, type Rounds, ratios } from "./ratios.ts";
import type { Results, Run } from "./results.ts";
import { SCENES } from "./scenes.ts";
import { isQuiet, type Verdict } from "./verdicts.ts";
import { kilobytes, megabytes, range, shareOfBare, times } from "./wording.ts";

/** When and where a part was measured. */
export function runLine({ on, node, redis, processors, packages, rounds }: Run): string {
	const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
	const many = rounds === undefined ? "" : `, ${rounds} ${rounds === 1 ? "round" : "rounds"}`;
	return `${on}, Node ${node}, Redis ${redis}, ${processors}${many}; ${versions.join(", ")}.`;
}

export function verdictTable(verdicts: readonly Verdict[]): string {
	const word = ({ isReached, isSplit, doubt }: Verdict): string => {
		if (isReached === undefined) return doubt === undefined ? "-" : `no verdict: ${doubt}`;
		if (!isReached) return "**not reached**";
		return isSplit ? "reached in the median" : "reached";
	};
	const rows = verdicts.map((verdict) => [verdict.figure, verdict.seen, verdict.goal, word(verdict)]);
	return table([["Figure", "Seen", "Goal", ""], ...rows]);
}

/** What one asks first: how much is left of a bare framework, and what the same costs by hand. */
export function shortTable({ throughput }: Results): string {
	const rows = FRAMEWORKS.flatMap((framework) =>
		(["small", "read"] as const).flatMap((key) => {
			const rounds = throughput?.scenes[key];
			if (rounds === undefined) return [];
			const ours = `${framework} ours memory`;
			const of = (arm: string, shown: (ratio: number) => string): string =>
				shown(median(ratios(rounds, ours, `${framework} ${arm}`)));
			const title = SCENES.find((scene) => scene.key === key)!.title;
			const name = framework === "express" ? "Express" : "Fastify";
			return [[name, title, of("bare", shareOfBare), of("hand memory", times), of("tuned memory", times)]];
		}),
	);
	return table([
		["", "Answer", "of the bare framework", "of the stack by hand", "of the tuned one"],
		...rows,
	]);
}

export function countsTable(arms: Readonly<Record<string, Counts>>): string {
	const or = (value: number | undefined, shown: (value: number) => string): string =>
		value === undefined ? "" : shown(value);
	const calls = (value: number): string => value.toFixed(2);
	const rows = Object.entries(arms).map(([name, { heapBytes, systemCalls, redis, modules }]) => [
		name,
		...["small", "untouched", "read", "packed"].map((scene) => or(heapBytes[scene], kilobytes)),
		or(systemCalls?.small, calls),
		or(systemCalls?.read, calls),
		redis === undefined
			? ""
			: `${redis.read!.inSequence} (${namesOf(redis.read!.commands)}); blocked: ${redis.flood!.inSequence}`,
		String(modules),
	]);
	const heads = [
		...["Arm", "Heap, no session", "session untouched", "session read", "20 kB packed"],
		...["System calls, no session", "session read", "Round trips to Redis", "Files loaded"],
	];
	return table([heads, ...rows]);
}

function namesOf(commands: Readonly<Record<string, number>>): string {
	const often = Object.entries(commands).filter(([, count]) => count >= 0.02);
	return often.map(([name, count]) => (count > 0.98 ? name : `${name} ${count.toFixed(2)}`)).join(", ");
}

export function throughputTables({ scenes }: NonNullable<Results["throughput"]>): string {
	const parts = SCENES.filter(({ key }) => scenes[key] !== undefined).map(
		({ key, title }) => `### ${title[0]!.toUpperCase()}${title.slice(1)}\n\n${throughputTable(scenes[key]!)}`,
	);
	return parts.join("\n\n");
}

function throughputTable(rounds: Rounds): string {
	const rows = FRAMEWORKS.flatMap((framework) => {
		const bare = `${framework} bare`;
		const shown = isQuiet(rounds) ? "" : "the machine was too busy: no verdict";
		return ARMS.filter((arm) => arm.framework === framework && rounds[inFull(arm)]).map((arm) => {
			const name = inFull(arm);
			const hand = arm.store && `${framework} hand ${arm.store}`;
			// How far two equal ones differ has to be seen, also upwards.
			const share = arm.name === "bare again" ? times : shareOfBare;
			return [
				name,
				name === bare ? "1.00" : range(ratios(rounds, name, bare), share),
				hand === undefined ? "" : range(ratios(rounds, name, hand), times),
				arm.name === "bare again" ? shown : "",
			];
		});
	});
	const shown = table([["Arm", "of bare", "of hand", ""], ...rows]);
	return rounds.raw === undefined ? shown : `${shown}\n\n${ofRaw(rounds)}`;
}

/** What the frameworks themselves cost. */
function ofRaw(rounds: Rounds): string {
	const shares = FRAMEWORKS.map((framework) => {
		const bare = `${framework} bare`;
		return `${bare} ${range(ratios(rounds, bare, "raw"), shareOfBare)}`;
	});
	return `Of node:http alone: ${shares.join(", ")}.`;
}

export function latencyTable({ p50, p99, saturated }: NonNullable<Results["latency"]>): string {
	const rows = Object.keys(p50).map((name) => {
		const bare = `${name.split(" ", 1)[0]} bare`;
		const isControl = name.endsWith("bare again");
		const of = (rounds: Rounds): string => {
			const ratio = median(ratios(rounds, name, bare));
			return ratio < 1 && !isControl ? "1.00, as bare" : times(ratio);
		};
		return [name, of(p50), of(p99), saturated.includes(name) ? "could not keep up: no verdict" : ""];
	});
	return table([["Arm", "median, of bare", "99 of 100 are within, of bare", ""], ...rows]);
}

export function startTable({ ms, bytes }: NonNullable<Results["start"]>): string {
	const rows = Object.keys(ms).map((name) => [
		name,
		range(ms[name]!, (value) => value.toFixed(0)),
		range(bytes[name]!, megabytes),
	]);
	return table([["Arm", "ms to listening, over bare", "resident then, over bare"], ...rows]);
}

export function addressesTable({ stores }: NonNullable<Results["addresses"]>): string {
	const rows = stores.map(({ name, bytesPerKey, hitsAfterFlood }) => [
		name === "ours" ? name : code(name, true),
		bytesPerKey.toFixed(0),
		hitsAfterFlood > 100 ? "still blocked" : "forgotten",
	]);
	return table([["Store", "Bytes an address", "Who had used up its limit before"], ...rows]);
}
