/** Who allocates and who computes while a server answers. */

import type { Arm } from "../arms.ts";
import { type Asking, type Client, openClient, warm } from "../client.ts";
import { freePort } from "../free-port.ts";
import { type Inspector, inspect, inspectable } from "../inspector.ts";
import { loadFor } from "../load.ts";
import type { Scene } from "../scenes.ts";
import { type How, type Server, startServer } from "../server.ts";
import { STEADY_HEAP } from "./heap.ts";

const WARM = 6_000;
const COUNTED = 3_000;
/** Time is sampled more coarsely than bytes. */
const COUNTED_CPU = 20_000;

/** What waits for a store is seen by many clients at once only. */
const WARM_OLD = 40_000;
const COUNTED_OLD = 30_000;

const EVERY_BYTES = 512;
const EVERY_OLD_BYTES = 4_096;
const EVERY_US = 200;

export interface Frame {
	/** The function, where it stands. */
	readonly name: string;
	/** Its file and line, as short as they can be told. */
	readonly file: string;
	/** From its parents, the outermost first. */
	readonly path: readonly Frame[];
	/** Of its own, for a request: bytes or microseconds. */
	readonly own: number;
}

/**
 * One at a time: each costs what the other would see. `old` is what lives through a collection, of which nothing should be a
 * request that is over.
 */
export async function profile(
	arm: Arm,
	how: How,
	scene: Scene,
	what: "heap" | "cpu" | "old",
): Promise<readonly Frame[]> {
	const port = await freePort();
	const execArgv = [...inspectable(port), ...(what === "old" ? [] : STEADY_HEAP)];
	const server = await startServer(arm, { ...how, ...scene.how, execArgv });
	try {
		const asking = await scene.visit(server);
		if (what === "old") return await profileOld(server, asking, port);
		const client = await openClient(server, asking);
		await warm(server, asking, WARM);
		const inspector = await inspect(server.pid, port);
		const frames = await (what === "heap" ? profileHeap(inspector, client) : profileCpu(inspector, client));
		inspector.close();
		client.close();
		return frames;
	} finally {
		await server.stop();
	}
}

async function profileHeap(inspector: Inspector, client: Client): Promise<readonly Frame[]> {
	await inspector.ask("HeapProfiler.enable");
	await inspector.ask("HeapProfiler.startSampling", {
		samplingInterval: EVERY_BYTES,
		includeObjectsCollectedByMajorGC: true,
		includeObjectsCollectedByMinorGC: true,
	});
	await client.ask(COUNTED);
	const { profile } = await inspector.ask<{ profile: { head: HeapNode } }>("HeapProfiler.stopSampling");
	return heapFrames(profile.head, COUNTED);
}

async function profileOld(server: Server, asking: Asking, port: number): Promise<readonly Frame[]> {
	await loadFor(server, asking, WARM_OLD);
	const inspector = await inspect(server.pid, port);
	await inspector.ask("HeapProfiler.enable");
	await inspector.ask("HeapProfiler.startSampling", {
		samplingInterval: EVERY_OLD_BYTES,
		includeObjectsCollectedByMajorGC: true,
	});
	const requests = await loadFor(server, asking, COUNTED_OLD);
	const { profile } = await inspector.ask<{ profile: { head: HeapNode } }>("HeapProfiler.stopSampling");
	inspector.close();
	return heapFrames(profile.head, requests);
}

async function profileCpu(inspector: Inspector, client: Client): Promise<readonly Frame[]> {
	await inspector.ask("Profiler.enable");
	await inspector.ask("Profiler.setSamplingInterval", { interval: EVERY_US });
	await inspector.ask("Profiler.start");
	await client.ask(COUNTED_CPU);
	const { profile } = await inspector.ask<{ profile: CpuProfile }>("Profiler.stop");
	return cpuFrames(profile);
}

interface CallFrame {
	readonly functionName: string;
	readonly url: string;
	readonly lineNumber: number;
}

interface HeapNode {
	readonly callFrame: CallFrame;
	readonly selfSize: number;
	readonly children: readonly HeapNode[];
}

interface CpuProfile {
	readonly nodes: readonly {
		readonly id: number;
		readonly callFrame: CallFrame;
		readonly children?: readonly number[];
	}[];
	readonly samples: readonly number[];
	readonly timeDeltas: readonly number[];
}

function heapFrames(node: HeapNode, requests: number, path: readonly Frame[] = []): readonly Frame[] {
	const frame = frameOf(node.callFrame, path, node.selfSize / requests);
	return [frame, ...node.children.flatMap((child) => heapFrames(child, requests, [...path, frame]))];
}

function cpuFrames({ nodes, samples, timeDeltas }: CpuProfile): readonly Frame[] {
	const byId = new Map(nodes.map((node) => [node.id, node]));
	const spent = new Map<number, number>();
	for (const [index, id] of samples.entries()) spent.set(id, (spent.get(id) ?? 0) + timeDeltas[index]!);
	const frames = (id: number, path: readonly Frame[]): readonly Frame[] => {
		const { callFrame, children = [] } = byId.get(id)!;
		const frame = frameOf(callFrame, path, (spent.get(id) ?? 0) / COUNTED_CPU);
		return [frame, ...children.flatMap((child) => frames(child, [...path, frame]))];
	};
	return frames(nodes[0]!.id, []).filter(({ name }) => name !== "(idle)");
}

function frameOf({ functionName, url, lineNumber }: CallFrame, path: readonly Frame[], own: number): Frame {
	const file = url === "" ? "V8" : `${fileOf(url)}:${lineNumber + 1}`;
	return { name: functionName || "(anonymous)", file, path, own };
}

/** `node:http`, `express/lib/response.js`, `core/dist/pipeline/pipeline.js`. */
export function fileOf(url: string): string {
	return url
		.replace(/^file:\/\//, "")
		.replace(/^.*\/(?:node_modules|packages)\//, "")
		.replace(/^.*\/bench\//, "bench/");
}
