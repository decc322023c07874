/** A Redis Cluster: three masters, each with a third of the slots. */
import { until } from "./condition.ts";
import type { Owner } from "./member.ts";
import { type Redis, startRedis } from "./server.ts";

export interface Cluster {
	readonly nodes: readonly Redis[];
	readonly urls: readonly string[];
	/** The node that a key belongs to. */
	nodeOf(key: string): Promise<Redis>;
	/** Resolves once every node says that the cluster is whole, such as after a restart. */
	settled(): Promise<void>;
}

const SLOTS = 16_384;

const NODES = 3;

/** After this long without a word a node counts as gone. */
const NODE_TIMEOUT_MS = 1_500;

const OPTIONS = {
	args: [
		...["--cluster-enabled", "yes", "--cluster-node-timeout", String(NODE_TIMEOUT_MS)],
		// Else a node does not know its own until another one has told it.
		...["--cluster-announce-ip", "127.0.0.1"],
	],
};

const firstSlot = (index: number): number => Math.ceil((SLOTS * index) / NODES);

/** Resolves once it is whole. */
export async function startCluster(owner: Owner): Promise<Cluster> {
	const nodes = await Promise.all(Array.from({ length: NODES }, () => startRedis(owner, OPTIONS)));
	for (const [index, node] of nodes.entries()) {
		await node.command("CLUSTER", "ADDSLOTSRANGE", firstSlot(index), firstSlot(index + 1) - 1);
		// Else all have the same, and have to sort that out first.
		await node.command("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
	}
	for (const { port } of nodes.slice(1)) await nodes[0]!.command("CLUSTER", "MEET", "127.0.0.1", port);
	const settled = async (): Promise<void> => {
		await Promise.all(nodes.map((node) => until("whole cluster", () => seesAll(node))));
	};
	await settled();
	return {
		nodes,
		urls: nodes.map(({ url }) => url),
		async nodeOf(key) {
			const slot = Number(await nodes[0]!.command("CLUSTER", "KEYSLOT", key));
			return nodes.findLast((_, index) => firstSlot(index) <= slot)!;
		},
		settled,
	};
}

async function seesAll(node: Redis): Promise<boolean> {
	const info = String(await node.command("CLUSTER", "INFO"));
	return ["state:ok", `slots_ok:${SLOTS}`, `known_nodes:${NODES}`].every((fact) =>
		info.includes(`cluster_${fact}\r\n`),
	);
}
