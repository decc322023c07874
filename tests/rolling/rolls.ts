/** Replaces instances one after the other while clients go on asking. */
import type { TestContext } from "node:test";
import { portToKeep } from "../process/ports.ts";
import { type Instance, type Program, startInstance, stopInstance } from "./instance.ts";
import { type Seen, startLoad } from "./load.ts";
import { type Nginx, startNginx } from "./nginx.ts";

/** How often everything is replaced: ten times, or as often as a shorter run asks for. */
export const ROLLS = Number(process.env.ROLLS ?? 10);

/** What so many rolls take of a busy machine. */
export const TIMEOUT_MS: number = 60_000 + ROLLS * 20_000;

export const CLIENTS = 100;

export interface Rolling {
	readonly program: Omit<Program, "port">;
	readonly rolls: number;
	/** Parameters of nginx for every upstream. */
	readonly parameters: string;
	/** Whether the next instance is left alone until nginx has sent a request to the new one. */
	readonly awaitsTraffic?: boolean;
	/** How an instance ends. */
	readonly stop?: (instance: Instance) => Promise<void>;
}

export interface Rolled {
	readonly seen: Seen;
	readonly nginx: Nginx;
}

/**
 * Two instances behind nginx; a roll ends one, starts it anew on its port, and then does the same to the other. Not before
 * every request has its answer that was under way when the new one began to listen: nginx asks each upstream once, so one
 * that was refused here has nobody left but the other, whenever nginx gets to it.
 */
export async function rollBehindNginx(test: TestContext, how: Rolling): Promise<Rolled> {
	const { program, rolls, parameters, awaitsTraffic = false, stop = stopInstance } = how;
	const ports = [await portToKeep(), await portToKeep()];
	const start = (port: number): Promise<Instance> => startInstance(test, { ...program, port });
	const instances = await Promise.all(ports.map(start));
	const nginx = await startNginx(test, ports, parameters);
	const load = startLoad(test, { port: nginx.port, clients: CLIENTS });
	let started = ports.length;
	try {
		await load.processes(ports.length);
		for (let roll = 0; roll < rolls; roll++) {
			for (const [index, port] of ports.entries()) {
				await stop(instances[index]!);
				instances[index] = await start(port);
				started++;
				await load.turnover();
				if (awaitsTraffic) await load.processes(started);
			}
		}
	} finally {
		// Clients that went on asking would keep a failed test from its end.
		await load.stop();
	}
	return { seen: load.seen, nginx };
}
