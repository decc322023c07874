import type { Member } from "./member.ts";
import type { Reply } from "./reply.ts";

/** What a sentinel knows of the servers it watches, and of its peers. */
export interface SentinelView {
	/** The port of the master, as clients are told. While a failover comes to its end this is the new one already. */
	readonly masterPort: number;
	/** The master is up, and no failover is going on. */
	readonly isCalm: boolean;
	readonly replicas: number;
	/** Replicas that are up and in step with that master: one of them can take its place. */
	readonly successors: number;
	readonly otherSentinels: number;
}

export async function viewOf({ command }: Member, name: string): Promise<SentinelView> {
	const [address, master, replicas] = await Promise.all([
		command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name),
		command("SENTINEL", "MASTER", name).then(factsOf),
		command("SENTINEL", "REPLICAS", name).then((list) => (list as readonly Reply[]).map(factsOf)),
	]);
	const port = (address as readonly string[])[1]!;
	const isSuccessor = (facts: Facts): boolean =>
		facts.flags === "slave" && facts["master-link-status"] === "ok" && facts["master-port"] === port;
	return {
		masterPort: Number(port),
		// Every trouble adds a flag, such as `s_down` or `failover_in_progress`.
		isCalm: master.flags === "master" && master.port === port,
		replicas: replicas.length,
		successors: replicas.filter(isSuccessor).length,
		otherSentinels: Number(master["num-other-sentinels"]),
	};
}

type Facts = Readonly<Record<string, string>>;

/** Names and values in turn. */
function factsOf(reply: Reply): Facts {
	const words = reply as readonly string[];
	return Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1]!]] : [])));
}
