import { channel } from "node:diagnostics_channel";
import { setTimeout } from "node:timers/promises";
import type { Cluster, Redis } from "ioredis";
import type { RedisCommands, SharedRedis } from "../shared-redis.ts";
import { createCircuit } from "./circuit.ts";
import { type Client, clientOf } from "./client.ts";
import { describeFailure, HINTS } from "./failure.ts";
import { databaseOf, type RedisValues, urlsOf } from "./redis.ts";
import { createRefusals, type Tell } from "./refusals.ts";
import { runScript } from "./run-script.ts";

/** Told at every change: `{ state: "up" | "away", reason?, awayMs? }`. */
const STATES = channel("production-ready:redis");

/** The one connection of the process (in a cluster one a node), guarded by its circuit. */
export interface RedisConnection extends SharedRedis {
	/** Throws unless it is known to be there; asks nobody, because a probe must cost Redis nothing. */
	check(): void;
	/** Resolves once it is there. */
	whenUp(): Promise<void>;
	/** Says goodbye, as long as that is answered; a client of the program's stays open. */
	close(): Promise<void>;
	/** Lets go at once. */
	uninstall(): void;
}

const commandsOf = (client: Client): RedisCommands => client as unknown as RedisCommands;

/**
 * A connection that nobody answers on is made anew. One that is being made is left alone: ioredis gives up for good where it
 * is disconnected while it still asks its sentinels, and has time-outs of its own there.
 */
function connectAnew(client: Client): void {
	if (client.status === "ready" || client.status === "connect") client.disconnect(true);
	else if (client.status === "end") client.connect().catch(() => {});
}

export function connectRedis(values: Readonly<RedisValues>, prefix: string, tell: Tell): RedisConnection {
	const own = values.client === undefined;
	const openOwn = own ? clientOf(values) : undefined;
	let client = values.client as Client | undefined;
	const refusals = createRefusals(tell);
	const waiting: (() => void)[] = [];
	let connectError: unknown;

	const circuit = createCircuit({
		budgetMs: values.commandTimeoutMs,
		probe: (key) =>
			client?.status === "ready"
				? commandsOf(client).exists(key || `${prefix}probe`)
				: Promise.reject(connectError),
		reconnect: () => own && client !== undefined && connectAnew(client),
		reasonOf(error) {
			const { reason, isReply } = describeFailure(error, connectError);
			return isReply ? undefined : reason;
		},
		onAway(reason) {
			tell("warn", { code: "REDIS_AWAY", reason, hint: HINTS[reason] }, "redis is away");
			STATES.publish({ state: "away", reason });
		},
		onUp(awayMs) {
			if (awayMs !== undefined) tell("info", { awayMs }, "redis is back");
			STATES.publish({ state: "up", awayMs });
			for (const resolve of waiting.splice(0)) resolve();
		},
	});

	// ioredis goes on in number 0 where there is no such number, and says nothing.
	function chooseDatabase(): void {
		const [url] = urlsOf(values);
		if (url === undefined || databaseOf(url) === 0) return;
		(client as Redis).select(databaseOf(url)).catch((error: unknown) => {
			const { reason, isReply } = describeFailure(error);
			if (!isReply) return;
			const hint = "name one that it has: 0 to 15, unless its own setting `databases` says otherwise";
			const fields = { code: "REDIS_REFUSES", reason, database: databaseOf(url), hint } as const;
			tell("warn", fields, "redis has no such database: keys are kept in number 0");
		});
	}

	const listeners = {
		error(error: unknown) {
			connectError = error;
		},
		ready() {
			connectError = undefined;
			if (own) chooseDatabase();
			circuit.look();
		},
		close() {
			circuit.away(describeFailure(connectError, connectError).reason);
		},
	};

	function attach(opened: Client): void {
		client = opened;
		for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
		if (client.status === "ready") circuit.look();
		// One that would connect once it is asked: nobody here asks before it is connected.
		if (client.status === "wait") client.connect().catch(() => {});
	}

	// A turn later: the library takes about as long to load as all that is ours, and a server listens meanwhile.
	const opening = openOwn && setImmediate(() => attach(openOwn()));
	if (client !== undefined) attach(client);

	function send<T>(
		purpose: string,
		key: string,
		command: (commands: RedisCommands) => Promise<T>,
	): Promise<T> {
		return circuit
			.call(key, () => command(commandsOf(client!)))
			.then(
				(answer) => {
					refusals.done(purpose);
					return answer;
				},
				(error: unknown) => {
					const { reason, isReply } = describeFailure(error);
					if (isReply) refusals.refused(purpose, reason);
					throw error;
				},
			);
	}

	function stop(): void {
		circuit.stop();
		clearImmediate(opening);
		for (const [event, listener] of Object.entries(listeners)) client?.off(event, listener);
		// What still fails on its way out fails unheard; a client of the program's has nothing of ours left.
		if (own) client?.on("error", () => {});
	}

	return {
		prefix,
		isAway: () => circuit.state() === "away",
		send,
		run: (purpose, script, key, args) =>
			send(purpose, key, (commands) => runScript(commands, script, key, args)),
		check() {
			if (circuit.state() !== "up") throw new Error(`redis is ${circuit.state()}`);
		},
		async whenUp() {
			if (circuit.state() !== "up") await new Promise<void>((resolve) => waiting.push(resolve));
		},
		async close() {
			const isUp = circuit.state() === "up";
			stop();
			if (!own) return;
			try {
				// It may be away without anybody having asked.
				if (isUp) await Promise.race([(client as Cluster).quit(), setTimeout(values.commandTimeoutMs)]);
			} finally {
				client?.disconnect();
			}
		},
		uninstall() {
			stop();
			if (own) client?.disconnect();
		},
	};
}
