/** A master and two replicas, watched by three sentinels. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./condition.ts";
import { type Member, type Owner, startMember } from "./member.ts";
import type { Reply } from "./reply.ts";
import { type SentinelView, viewOf } from "./sentinel-view.ts";
import { type Redis, startRedis } from "./server.ts";

export interface Sentinels {
	/** What clients call the master. */
	readonly name: string;
	/** At first the first one is the master. One that is restarted is at first what it was then. */
	readonly servers: readonly Redis[];
	readonly sentinels: readonly Member[];
	/** The server that all sentinels take for the master. Waits until they agree. */
	master(): Promise<Redis>;
	/** Resolves with the master once all sentinels agree, no failover is going on, and a replica could take its place. */
	settled(): Promise<Redis>;
	/** Takes the master away, once all is settled, and resolves with the new one as soon as clients are told of it. */
	failover(how?: "kill" | "freeze"): Promise<Redis>;
	/** Tells a sentinel to make another one the master, although nothing is wrong; else as `failover`. */
	forceFailover(): Promise<Redis>;
}

const NAME = "mymaster";
const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 500;
/** An election that nobody has won is repeated after twice this time. */
const FAILOVER_TIMEOUT_MS = 2_000;

/** Resolves once every sentinel knows the replicas and the other sentinels. */
export async function startSentinels(owner: Owner): Promise<Sentinels> {
	const first = await startRedis(owner);
	const replica = (): Promise<Redis> => startRedis(owner, { replicaOf: first.port });
	const servers = [first, ...(await Promise.all([replica(), replica()]))];
	const sentinels = await Promise.all(
		Array.from({ length: SENTINELS }, () =>
			startMember(owner, { args: (port, folder) => commandLine(port, folder, first.port) }),
		),
	);
	/** Those that a test has ended or frozen have no say. */
	const awake = (): readonly Member[] => sentinels.filter(({ isAwake }) => isAwake());
	const agreed = async (isSeen: (view: SentinelView) => boolean): Promise<Redis | undefined> => {
		const views = await Promise.all(awake().map((sentinel) => viewOf(sentinel, NAME)));
		const ports = new Set(views.map(({ masterPort }) => masterPort));
		return ports.size === 1 && views.every(isSeen) ? servers.find(({ port }) => ports.has(port)) : undefined;
	};
	const settled = (): Promise<Redis> =>
		until("calm sentinels", () => agreed(({ isCalm, successors }) => isCalm && successors > 0));
	const another = (old: Redis): Promise<Redis> =>
		until("new master", async () => {
			const found = await agreed(() => true);
			if (found === undefined || found === old) return undefined;
			return ((await found.command("ROLE")) as readonly Reply[])[0] === "master" && found;
		});
	await until("sentinels that know each other", () =>
		agreed(({ replicas, otherSentinels }) => replicas === 2 && otherSentinels === SENTINELS - 1),
	);
	return {
		name: NAME,
		servers,
		sentinels,
		master: () => until("master that all agree on", () => agreed(() => true)),
		settled,
		// A sentinel whose new master goes before its failover is over waits for it for ever, and tells clients so.
		async failover(how = "kill") {
			const old = await settled();
			await old[how]();
			return another(old);
		},
		async forceFailover() {
			const old = await settled();
			await awake()[0]!.command("SENTINEL", "FAILOVER", NAME);
			return another(old);
		},
	};
}

/** Sentinels write what they learn into their configuration, so it has to be a file. */
function commandLine(port: number, folder: string, master: number): string[] {
	const file = join(folder, "sentinel.conf");
	const lines = [
		"bind 127.0.0.1",
		`port ${port}`,
		`dir ${folder}`,
		`sentinel monitor ${NAME} 127.0.0.1 ${master} ${QUORUM}`,
		`sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
		`sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
	];
	writeFileSync(file, `${lines.join("\n")}\n`);
	return [file, "--sentinel"];
}
