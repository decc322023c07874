/**
 * Runs the arms side by side: `pnpm bench`, on a machine that does nothing else; about half an hour. Writes `results.json`,
 * and from it, by the docs' generator, `results.md` and docs/what-it-costs.md. `--rounds 1` to see that it works,
 * `--only counts,start` for some parts, `--scenes read,flood` for some of the throughput.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ARMS, type Arm, inFull } from "./arms.ts";
import { countsOf } from "./counts.ts";
import { assertEqualWork, assertKeptAlive } from "./equal-work.ts";
import { measureAddresses } from "./measures/addresses.ts";
import { measureLatency } from "./measures/latency.ts";
import { measurePacked } from "./measures/packed.ts";
import { measureStart } from "./measures/start.ts";
import { measureThroughput } from "./measures/throughput.ts";
import { type Rounds, relativeTo } from "./ratios.ts";
import { startRedis } from "./redis.ts";
import { type Results, readResults, thisRun, writeResults } from "./results.ts";
import { SCENES, sceneOf } from "./scenes.ts";
import { type How, PATIENT, type Server, startServer } from "./server.ts";

type Part = "counts" | "throughput" | "latency" | "start" | "addresses";

/** A part gives what it puts in place of what was measured before. */
const PARTS: Readonly<Record<Part, () => Promise<Partial<Results>>>> = {
	counts,
	throughput,
	latency,
	start,
	addresses: async () => ({ addresses: { run: thisRun(), stores: measureAddresses() } }),
};

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "10" },
		only: { type: "string", default: Object.keys(PARTS).join() },
		scenes: { type: "string", default: SCENES.map(({ key }) => key).join() },
	},
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a number, not ${values.rounds}`);
const parts = values.only.split(",").map((name) => {
	if (name in PARTS) return name as Part;
	throw new Error(`--only takes ${Object.keys(PARTS)}, not ${name}`);
});
const scenes = values.scenes.split(",").map(sceneOf);

const redis = await startRedis();
const how: How = { redisUrl: redis.url };
const patient: How = { ...how, env: PATIENT };
const pinned: How = { ...how, isPinned: true };

await say("equal work", async () => {
	for (const arm of ARMS) {
		await redis.flush();
		await assertEqualWork(arm, patient);
	}
	await Promise.all(ARMS.map((arm) => assertKeptAlive(arm, patient)));
});
for (const part of parts) {
	const measured = await say(part, PARTS[part]);
	// Written as they come: what has taken so long is not lost by a fault in the next part.
	writeResults({ ...readResults(), ...measured });
}
await redis.stop();
spawnSync(process.execPath, [join(import.meta.dirname, "..", "docs", "generate.ts")], { stdio: "inherit" });
process.exit();

async function counts(): Promise<Partial<Results>> {
	const arms: Record<string, Awaited<ReturnType<typeof countsOf>>> = {};
	for (const arm of ARMS.filter(({ name }) => !["bare again", "bare + setImmediate"].includes(name))) {
		arms[inFull(arm)] = await countsOf(arm, redis, ["packed"]);
	}
	const packed = [];
	for (const arm of ARMS.filter(({ store }) => store === "memory"))
		packed.push(...(await measurePacked(arm)));
	return { counts: { run: thisRun(), arms }, packed: { run: thisRun(), arms: packed } };
}

async function throughput(): Promise<Partial<Results>> {
	const seen: Record<string, Rounds> = { ...readResults().throughput?.scenes };
	for (const scene of scenes) {
		seen[scene.key] = await say(`  ${scene.title}`, () =>
			withServers(ARMS.filter(scene.has), { ...pinned, ...scene.how }, async (servers) =>
				relativeTo(inFull(servers[0]!.arm), await measureThroughput(scene, servers, rounds)),
			),
		);
	}
	return { throughput: { run: thisRun(rounds), scenes: seen } };
}

async function latency(): Promise<Partial<Results>> {
	const arms = ARMS.filter(({ name }) => name !== "raw" && name !== "bare + setImmediate");
	const { p50Ms, p99Ms, saturated } = await withServers(arms, pinned, (servers) =>
		measureLatency(servers, rounds),
	);
	const [p50, p99] = [p50Ms, p99Ms].map((ms) => relativeTo("express bare", ms));
	return { latency: { run: thisRun(rounds), p50: p50!, p99: p99!, saturated } };
}

async function start(): Promise<Partial<Results>> {
	const arms = ARMS.filter(({ name }) => name !== "raw" && name !== "bare + setImmediate");
	const { ms, bytes } = await measureStart(arms, pinned, rounds);
	const overBare = (seen: Rounds): Rounds =>
		Object.fromEntries(
			arms
				.filter(({ name }) => name !== "bare")
				.map((arm) => {
					const bare = seen[`${arm.framework} bare`]!;
					return [inFull(arm), seen[inFull(arm)]!.map((value, round) => value - bare[round]!)];
				}),
		);
	return { start: { run: thisRun(rounds), ms: overBare(ms), bytes: overBare(bytes) } };
}

async function withServers<Result>(
	arms: readonly Arm[],
	how: How,
	use: (servers: readonly Server[]) => Promise<Result>,
): Promise<Result> {
	const servers: Server[] = [];
	try {
		for (const arm of arms) servers.push(await startServer(arm, how));
		return await use(servers);
	} finally {
		await Promise.all(servers.map((server) => server.stop()));
		await redis.flush();
	}
}

async function say<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
	const started = performance.now();
	console.log(what);
	const result = await run();
	console.log(`${what}: ${((performance.now() - started) / 1_000).toFixed(0)} s`);
	return result;
}
