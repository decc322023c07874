/** Servers share one processor, clients and Redis another: else they would measure each other. */
import { readFileSync } from "node:fs";

const allowed = allowedProcessors();

export const SERVERS: number | undefined = allowed[0];
export const CLIENTS: number | undefined = allowed[1];

/** The command, on that processor; where there is only one, nothing can be kept apart. */
export function on(processor: number | undefined, command: readonly string[]): readonly string[] {
	return processor === undefined || CLIENTS === undefined
		? command
		: ["taskset", "-c", String(processor), ...command];
}

/** Those that this process may run on: in a container seldom all that the machine has. */
function allowedProcessors(): readonly number[] {
	const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
	return list.split(",").flatMap((part) => {
		const [from, to = from] = part.split("-").map(Number);
		return Array.from({ length: to! - from! + 1 }, (_, index) => from! + index);
	});
}
