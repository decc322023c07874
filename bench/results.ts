/** The figures as a page, with the goals beside them. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { table } from "../docs/generator/markdown.ts";
import { ARMS, FRAMEWORKS, type Framework, inFull, STORES, type Store } from "./arms.ts";
import * as goals from "./goals.ts";
import type { Addresses } from "./measures/addresses.ts";
import type { Latency } from "./measures/latency.ts";
import type { Started } from "./measures/start.ts";
import { median, type Rounds, ratios } from "./measures/throughput.ts";

export interface Counted {
	readonly arm: string;
	readonly heapBytes: number;
	readonly heapBytesWithSession: number | undefined;
	readonly systemCalls: number;
	readonly systemCallsWithSession: number | undefined;
	readonly modules: number;
	readonly redisCommands: Readonly<Record<string, number>> | undefined;
}

export interface Results {
	readonly rounds: number;
	/** By the name of the scene. */
	readonly throughput: ReadonlyMap<string, Rounds>;
	readonly counted: readonly Counted[];
	readonly latency: readonly (Latency & { readonly arm: string })[];
	readonly started: ReadonlyMap<string, Started>;
	readonly addresses: readonly Addresses[];
}

const PAGE = join(import.meta.dirname, "results.md");

export function writeResults(results: Results): void {
	const parts = [
		"# What it costs, measured",
		"Written by `pnpm bench`. Ratios are of one run, side by side, round by round: the median, and the range in brackets. Absolute times are not given: they are the machine's.",
		versions(results.rounds),
		...[...results.throughput].map(([scene, rounds]) => throughputPart(scene, rounds)),
		countsPart(results.counted),
		latencyPart(results.latency),
		startPart(results.started),
		addressesPart(results.addresses),
	];
	writeFileSync(PAGE, `${parts.join("\n\n")}\n`);
}

const PACKAGES = [
	...[
		"express",
		"fastify",
		"helmet",
		"express-rate-limit",
		"express-session",
		"compression",
		"pino",
		"pino-http",
	],
	...["@fastify/helmet", "@fastify/rate-limit", "@fastify/session", "@fastify/compress"],
	...["ioredis", "connect-redis", "rate-limit-redis"],
];

function versions(rounds: number): string {
	const { resolve } = createRequire(import.meta.url);
	const named = PACKAGES.map((name) => {
		const folder = resolve(name).split(`/node_modules/${name}/`)[0];
		const { version } = JSON.parse(readFileSync(join(folder!, "node_modules", name, "package.json"), "utf8"));
		return `${name} ${version}`;
	});
	const redis = /v=([\d.]+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" }))?.[1];
	const date = new Date().toISOString().slice(0, 10);
	return `${date}; Node ${process.versions.node}, Redis ${redis}; ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), ${rounds} rounds. ${named.join(", ")}.`;
}

const percent = (value: number): string => value.toFixed(2);

function range(values: readonly number[]): string {
	return `${percent(median(values))} (${percent(Math.min(...values))}–${percent(Math.max(...values))})`;
}

function throughputPart(scene: string, rounds: Rounds): string {
	const rows = FRAMEWORKS.flatMap((framework) => {
		const bare = `${framework} bare`;
		const control = rounds.has(`${bare} again`) ? median(ratios(rounds, `${bare} again`, bare)) : undefined;
		return ARMS.filter((arm) => arm.framework === framework && rounds.has(inFull(arm))).map((arm) => {
			const name = inFull(arm);
			const hand = arm.store && `${framework} hand ${arm.store}`;
			return [
				name,
				rounds.has(bare) ? range(ratios(rounds, name, bare)) : "",
				hand !== undefined ? range(ratios(rounds, name, hand)) : "",
				arm.name === "ours" ? goalOf(scene, framework, arm.store!) : "",
				arm.name === "bare again" && !isQuiet(control!) ? "**the machine was too busy for a verdict**" : "",
			];
		});
	});
	return `## Throughput: ${scene}\n\n${table([["arm", "of bare", "of hand", "goal", ""], ...rows])}`;
}

function isQuiet(control: number): boolean {
	return control >= goals.CONTROL[0] && control <= goals.CONTROL[1];
}

function goalOf(scene: string, framework: Framework, store: Store): string {
	if (scene.startsWith("20 kB")) return `${goals.PACKED[framework]} of hand`;
	if (scene.startsWith("a flood")) return "more than 1 of bare";
	const { ofBare, ofHand } = goals.THROUGHPUT[framework][store];
	return `${ofBare} of bare, ${ofHand} of hand`;
}

function countsPart(counted: readonly Counted[]): string {
	const rows = counted.map((row) => [
		row.arm,
		kilobytes(row.heapBytes),
		row.heapBytesWithSession === undefined ? "" : kilobytes(row.heapBytesWithSession),
		row.systemCalls.toFixed(2),
		row.systemCallsWithSession === undefined ? "" : row.systemCallsWithSession.toFixed(2),
		String(row.modules),
		Object.entries(row.redisCommands ?? {})
			.map(([name, calls]) => `${name} ${calls.toFixed(2)}`)
			.join(", "),
	]);
	const heads = [
		"arm",
		"heap kB",
		"with a session",
		"system calls",
		"with a session",
		"files loaded",
		"Redis commands",
	];
	return `## Counts for a request\n\nGoals: heap at most ${goals.HEAP_BYTES_OVER_BARE / 1_000} kB over bare, system calls ${goals.SYSTEM_CALLS_OVER_BARE} over bare; one EVALSHA and one GET, which leave together. What a script calls in Redis is counted too.\n\n${table([heads, ...rows])}`;
}

const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1);

function latencyPart(latency: Results["latency"]): string {
	const rows = latency.map(({ arm, p50Ms, p99Ms }) => {
		const framework = arm.split(" ", 1)[0]!;
		const bare = latency.find((other) => other.arm === `${framework} bare`);
		return [arm, bare ? percent(p50Ms / bare.p50Ms) : "", bare ? percent(p99Ms / bare.p99Ms) : ""];
	});
	return `## Latency at a fixed rate, of bare\n\n${table([["arm", "median", "99th of 100"], ...rows])}`;
}

function startPart(started: Results["started"]): string {
	const rows = [...started].map(([arm, { overBareMs, overBareBytes }]) => [
		arm,
		overBareMs.toFixed(0),
		(overBareBytes / 1e6).toFixed(1),
	]);
	const goal = STORES.map(
		(store) =>
			`${goals.START_OVER_BARE_MS[store]} ms and ${goals.MEMORY_OVER_BARE_BYTES[store] / 1e6} MB (${store})`,
	).join(", ");
	return `## Start, over bare\n\nGoals: ${goal}. The one figure in milliseconds, of this machine.\n\n${table([["arm", "ms to listening", "MB held then"], ...rows])}`;
}

function addressesPart(addresses: readonly Addresses[]): string {
	const rows = addresses.map(({ name, bytesPerKey, hitsAfterFlood }) => [
		name,
		bytesPerKey.toFixed(0),
		hitsAfterFlood > 100 ? "still used up" : "forgotten",
	]);
	return `## A million addresses in memory\n\nGoal: at most ${goals.BYTES_PER_ADDRESS} bytes each.\n\n${table([["store", "bytes a key", "a key that was used up before"], ...rows])}`;
}
