import type { Cluster } from "node:cluster";

export interface SupervisorParts {
	/** Begins the shutdown. */
	readonly begin: (reason: string) => void;
	/** pm2 and its like send messages in place of signals, on Windows and where they are told to. */
	readonly takesMessages: boolean;
}

/** What the process above tells by the channel between the two, and not by a signal. */
export interface Supervisor {
	/** Tells it that the process serves. */
	tellReady(): void;
	uninstall(): void;
}

export function listenToSupervisor({ begin, takesMessages }: SupervisorParts): Supervisor {
	const { worker } = process.getBuiltinModule("node:cluster") as unknown as Cluster;
	let hasTold = false;

	function onMessage(message: unknown): void {
		if (message === "shutdown") begin("shutdown message");
	}

	// A worker whose primary is gone is ended by Node at once, with its requests, unless it is known to be leaving.
	function onDisconnect(): void {
		if (worker !== undefined) worker.exitedAfterDisconnect = true;
		begin("disconnect");
	}

	if (takesMessages) process.on("message", onMessage);
	if (worker !== undefined) process.prependListener("disconnect", onDisconnect);
	return {
		tellReady() {
			if (!takesMessages || hasTold) return;
			hasTold = true;
			// The channel may close meanwhile, and whoever was there need not know any more.
			process.send?.("ready", undefined, undefined, () => {});
		},
		uninstall() {
			process.off("message", onMessage);
			process.off("disconnect", onDisconnect);
		},
	};
}
