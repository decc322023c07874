/** A real Redis that a test may do anything to. */
import { readFileSync } from "node:fs";
import { certificate } from "../../process/certificate.ts";
import { until } from "./condition.ts";
import { type Member, type Owner, startMember } from "./member.ts";

export interface RedisOptions {
	/** Where it is to listen; else at a port that nobody has. */
	readonly port?: number;
	/** Of the user `default`; a replica uses it for its master too. */
	readonly password?: string;
	/** Each a user with rules, in the words of ACL SETUSER: `app on >secret ~app:* +get`. */
	readonly users?: readonly string[];
	readonly isTls?: boolean;
	/** The port of its master, which speaks TLS if this one does. */
	readonly replicaOf?: number;
	/** Such as `10mb`. With `1` it refuses every write at once. */
	readonly maxmemory?: string;
	/** More of the command line. */
	readonly args?: readonly string[];
}

export interface Redis extends Member {
	/**
	 * How often each command was run since the last reset, by its name in lower case (`config|get`). What scripts call is
	 * counted too; what was refused before it ran is not, nor are INFO and CONFIG RESETSTAT, which counting needs.
	 */
	commandCounts(): Promise<Readonly<Record<string, number>>>;
	resetCounts(): Promise<void>;
}

/** By whom the rig logs in: a test may take every right from all others, `default` too. */
const RIG = ["rig", "secret-of-the-rig"] as const;

/** What `commandCounts` and `resetCounts` themselves run. */
const COUNTING = ["info", "config|resetstat"];

/** Starts it and resolves once it answers; a replica once it has its master's data. */
export async function startRedis(owner: Owner, options: RedisOptions = {}): Promise<Redis> {
	const ca = options.isTls ? readFileSync(certificate().TLS_CERT!, "utf8") : undefined;
	const args = (port: number, folder: string): string[] => commandLine(options, port, folder);
	const member = await startMember(owner, { port: options.port, ca, login: RIG, args });
	const redis: Redis = {
		...member,
		async commandCounts() {
			const text = String(await redis.command("INFO", "commandstats"));
			const counts = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
				// Those that were only ever refused have a line too.
				.filter(([, name, calls]) => !COUNTING.includes(name!) && calls !== "0")
				.map(([, name, calls]) => [name!, Number(calls)] as const);
			return Object.fromEntries(counts);
		},
		resetCounts: async () => void (await redis.command("CONFIG", "RESETSTAT")),
	};
	if (options.replicaOf !== undefined) {
		const isInStep = async (): Promise<boolean> =>
			String(await redis.command("INFO", "replication")).includes("master_link_status:up");
		await until("replica in step with its master", isInStep);
	}
	return redis;
}

function commandLine(options: RedisOptions, port: number, folder: string): string[] {
	const { password, users = [], isTls = false, replicaOf, maxmemory, args = [] } = options;
	return [
		...["--bind", "127.0.0.1", "--daemonize", "no", "--dir", folder],
		...["--save", "", "--appendonly", "no"],
		...(isTls ? tlsArguments(port) : ["--port", String(port)]),
		...["--enable-debug-command", "yes"],
		// Else a master lets a replica wait for five seconds, in case another one comes.
		...["--repl-diskless-sync-delay", "0"],
		...["--user", RIG[0], "on", `>${RIG[1]}`, "~*", "&*", "+@all"],
		...users.flatMap((user) => ["--user", ...user.split(" ")]),
		...(password === undefined ? [] : ["--requirepass", password, "--masterauth", password]),
		...(replicaOf === undefined ? [] : ["--replicaof", "127.0.0.1", String(replicaOf)]),
		...(maxmemory === undefined ? [] : ["--maxmemory", maxmemory, "--maxmemory-policy", "noeviction"]),
		...args,
	];
}

function tlsArguments(port: number): string[] {
	const { TLS_CERT, TLS_KEY } = certificate() as Record<"TLS_CERT" | "TLS_KEY", string>;
	return [
		...["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no", "--tls-replication", "yes"],
		...["--tls-cert-file", TLS_CERT, "--tls-key-file", TLS_KEY, "--tls-ca-cert-file", TLS_CERT],
	];
}
