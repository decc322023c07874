import type { Surroundings } from "../exchange/room.ts";
import { type Host, isAddress } from "../host.ts";

/** Tells the operator which hosts are refused. */
export interface Refusals {
	tell(host: Host, header: string): void;
}

/** Anybody can ask for hosts without end: the first ones are told of, and no more is kept. */
const MAX_TOLD = 20;

export function createRefusals(allowed: readonly string[], notice: Surroundings["notice"]): Refusals {
	const told = new Set<string>();
	return {
		tell(host, header) {
			const { name } = host;
			if (told.size > MAX_TOLD || told.has(name)) return;
			told.add(name);
			if (told.size > MAX_TOLD) {
				notice(
					"HOST_REFUSED",
					"requests for still other hosts are refused, and not told of one by one",
					LOOK,
				);
				return;
			}
			const line = `hosts: { allowed: ${JSON.stringify([...allowed, name])} }`;
			const hint = isAddress(host) ? `let health checks ask for a probe, or ${line}` : line;
			notice(
				"HOST_REFUSED",
				`requests for "${name}" (${header}) are refused: it is none of the hosts allowed`,
				`if it is yours: ${hint}`,
			);
		},
	};
}

const LOOK =
	"the lines of requests with status 421 tell who asks; a name of yours belongs into hosts.allowed";
