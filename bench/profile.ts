/**
 * Where the figures of an arm come from: `pnpm bench:profile "express ours memory"`. `--what` takes heap, old, cpu, calls, redis
 * and modules, `--scene read` another scene than the small one, `--top 40` shows more rows.
 */
import { parseArgs } from "node:util";
import { ARMS, inFull } from "./arms.ts";
import { heapBytesPerRequest, STEADY_HEAP } from "./measures/heap.ts";
import { modulesLoaded } from "./measures/modules.ts";
import { type Frame, fileOf, profile } from "./measures/profile.ts";
import { roundTripsPerRequest } from "./measures/round-trips.ts";
import { systemCallsPerRequest } from "./measures/system-calls.ts";
import { startRedis } from "./redis.ts";
import { sceneOf } from "./scenes.ts";
import { type How, PATIENT, type Server, startServer } from "./server.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		what: { type: "string", default: "heap,cpu" },
		scene: { type: "string", default: "small" },
		top: { type: "string", default: "30" },
	},
});
const arm = ARMS.find((each) => inFull(each) === positionals[0])!;
if (arm === undefined) throw new Error(`which arm? One of: ${ARMS.map(inFull).join(", ")}`);
const scene = sceneOf(values.scene);
if (!scene.has(arm)) throw new Error(`${inFull(arm)} has no scene ${scene.key}`);
const OURS = /^(?:core|express|fastify)\/dist\//;

const redis = arm.store === "redis" ? await startRedis() : undefined;
const how: How = { redisUrl: redis?.relay.url, env: PATIENT };
const SHOW: Readonly<Record<string, () => Promise<void>>> = { heap, old, cpu, calls, redis: trips, modules };
console.log(`${inFull(arm)}, ${scene.title}`);
for (const what of values.what.split(",")) {
	if (SHOW[what] === undefined) throw new Error(`--what takes ${Object.keys(SHOW)}, not ${what}`);
	await SHOW[what]();
}
await redis?.stop();
process.exit();

async function heap(): Promise<void> {
	showFrames("bytes allocated for a request", await profile(arm, how, scene, "heap"));
}

async function old(): Promise<void> {
	showFrames("bytes of a request that lived through a collection", await profile(arm, how, scene, "old"));
}

async function cpu(): Promise<void> {
	const frames = await profile(arm, how, scene, "cpu");
	showFrames("microseconds for a request, of this machine and with a profiler on it", frames);
}

async function calls(): Promise<void> {
	const counted = await withServer((server, asking) =>
		heapBytesPerRequest(server, asking).then(() => systemCallsPerRequest(server, asking)),
	);
	show("system calls for a request", new Map(Object.entries(counted)));
}

async function trips(): Promise<void> {
	if (redis === undefined) return console.log("\nno Redis");
	const { commands, inSequence } = await withServer((server, asking) =>
		roundTripsPerRequest(server, asking, redis.relay),
	);
	show(
		`commands for a request; round trips, one after the other: ${inSequence}`,
		new Map(Object.entries(commands)),
	);
}

async function modules(): Promise<void> {
	const bare = ARMS.find((each) => each.framework === arm.framework && each.name === "bare") ?? arm;
	const known = new Set(await modulesLoaded(bare, how));
	const added = (await modulesLoaded(arm, how)).filter((file) => !known.has(file));
	show(
		"files loaded over bare, by package, ours by room",
		summed(added.map((file) => [packageOf(fileOf(file)), 1])),
	);
}

async function withServer<Result>(
	use: (server: Server, asking: Awaited<ReturnType<typeof scene.visit>>) => Promise<Result>,
): Promise<Result> {
	const server = await startServer(arm, { ...how, ...scene.how, execArgv: STEADY_HEAP });
	try {
		return await use(server, await scene.visit(server));
	} finally {
		await server.stop();
	}
}

function showFrames(title: string, frames: readonly Frame[]): void {
	const by = (key: (frame: Frame) => string): ReadonlyMap<string, number> =>
		summed(frames.map((frame) => [key(frame), frame.own]));
	show(
		`${title}, by function, its own`,
		by(({ name, file }) => `${name}  ${file}`),
	);
	show(`${title}, by the innermost of our functions, with what Node and packages do for it`, by(ownerOf));
	show(
		`${title}, by package, ours by room`,
		by(({ file }) => packageOf(file)),
	);
}

function summed(rows: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
	const sums = new Map<string, number>();
	for (const [name, own] of rows) sums.set(name, (sums.get(name) ?? 0) + own);
	return sums;
}

function show(title: string, sums: ReadonlyMap<string, number>): void {
	const all = [...sums.values()].reduce((total, own) => total + own, 0);
	console.log(`\n${title}: ${all.toFixed(all < 100 ? 2 : 0)}`);
	const rows = [...sums].sort(([, one], [, other]) => other - one).slice(0, Number(values.top));
	for (const [name, own] of rows.filter(([, own]) => own >= all / 1_000)) {
		const share = ((own / all) * 100).toFixed(1).padStart(5);
		console.log(`${own.toFixed(own < 100 ? 2 : 0).padStart(8)} ${share} %  ${name}`);
	}
}

function ownerOf(frame: Frame): string {
	const owner = [...frame.path, frame].findLast(({ file }) => OURS.test(file));
	return owner === undefined ? "(none of ours)" : `${owner.name}  ${owner.file}`;
}

/** The room, or the file of an adapter's; else the package. */
function packageOf(file: string): string {
	if (file.startsWith("node:")) return "node";
	const parts = file.replace(/:\d+$/, "").split("/");
	if (OURS.test(file)) return `@production-ready/${parts[0]} ${parts[2]}`;
	return parts.slice(0, file.startsWith("@") ? 2 : 1).join("/");
}
