import type { Place, Surroundings } from "../exchange/room.ts";
import type { RateLimitPolicy } from "./rate-limit.ts";

const taken = new WeakMap<Surroundings, Map<string, number>>();

/**
 * What a limit's keys in Redis are told apart by: the name that the program gives, else what it is, and where there are
 * several of that, the how-manieth. All processes of a program mount the same limits in the same order.
 */
export function limiterName(policy: RateLimitPolicy, surroundings: Surroundings, place: Place): string {
	if (policy.name !== undefined) return policy.name;
	const kind = place === "app" ? "app" : `${policy.limit}-in-${policy.windowMs}`;
	const counts = taken.get(surroundings) ?? new Map<string, number>();
	taken.set(surroundings, counts);
	const count = (counts.get(kind) ?? 0) + 1;
	counts.set(kind, count);
	return count === 1 ? kind : `${kind}-${count}`;
}
