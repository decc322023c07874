/** What servers and sentinels have in common: a port for life, and a test that decides whether anybody is behind it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { portToKeep } from "../../process/ports.ts";
import { type Instance, startInstance } from "./instance.ts";
import { keepConnection } from "./kept-connection.ts";
import type { Reply } from "./reply.ts";
import { type Address, connectResp } from "./resp.ts";

/** At whose end everything is taken away. For a whole file or suite: `{ after }` of node:test. */
export interface Owner {
	after(end: () => unknown): void;
}

export interface Member {
	readonly port: number;
	/** Without user and password. */
	readonly url: string;
	/** The certificate to trust where it speaks TLS; it is made out to `localhost`, not to the address in the URL. */
	readonly ca: string | undefined;
	/** By a connection of its own, made when it is needed, as a user who may do everything. An error rejects. */
	command(...args: readonly (string | number)[]): Promise<Reply>;
	/** By SIGKILL. Resolves once the port refuses connections. */
	kill(): Promise<void>;
	/** By SIGTERM. */
	stop(): Promise<void>;
	/** Ends it by SIGKILL where it still runs, and starts it as it was at first. A server's data is gone. */
	restart(): Promise<void>;
	/** By SIGSTOP: connections are still accepted, by the system, and nobody answers. */
	freeze(): Promise<void>;
	thaw(): void;
	/** Neither ended nor frozen by what stands here. */
	isAwake(): boolean;
	/** What it has printed since it was last started. */
	log(): string;
}

export interface Membership extends Omit<Address, "port"> {
	readonly port?: number | undefined;
	/** The command line; the folder is empty at first and stays for a restart. */
	args(port: number, folder: string): readonly string[];
}

/** Starts one and resolves once it answers. */
export async function startMember(owner: Owner, how: Membership): Promise<Member> {
	const { ca, login, port = await portToKeep() } = how;
	const folder = mkdtempSync(join(tmpdir(), "production-ready-redis-"));
	const connection = keepConnection(() => connectResp({ port, ca, login }));
	const args = how.args(port, folder);
	let instance: Instance | undefined;
	let state: "ended" | "frozen" | "awake" = "ended";
	const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
		state = "ended";
		await instance?.end(signal);
		connection.drop();
	};
	owner.after(async () => {
		await end("SIGKILL");
		rmSync(folder, { recursive: true, force: true });
	});
	const start = async (): Promise<void> => {
		instance = await startInstance(args, folder);
		await member.command("PING");
		state = "awake";
	};
	const member: Member = {
		port,
		url: `${ca === undefined ? "redis" : "rediss"}://127.0.0.1:${port}`,
		ca,
		command: async (...words) => (await connection.get()).command(...words),
		kill: () => end("SIGKILL"),
		stop: () => end("SIGTERM"),
		async restart() {
			await end("SIGKILL");
			// A replica has written one when it was given its master's data.
			rmSync(join(folder, "dump.rdb"), { force: true });
			await start();
		},
		async freeze() {
			state = "frozen";
			await instance?.freeze();
		},
		thaw() {
			instance?.thaw();
			if (state === "frozen") state = "awake";
		},
		isAwake: () => state === "awake",
		log: () => instance?.log.all() ?? "",
	};
	try {
		await start();
	} catch (error) {
		// Somebody else took the port after it was found free.
		if (how.port !== undefined || !member.log().includes("Address already in use")) throw error;
		return startMember(owner, how);
	}
	return member;
}
