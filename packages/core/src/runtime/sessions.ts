import { randomBytes } from "node:crypto";
import type { Config } from "../config/resolve.ts";
import { memoryRefused } from "../config/session-secrets.ts";
import { configError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Notice } from "../exchange/room.ts";
import { expectVisit } from "../session/arrival.ts";
import { createKeeper, type Keeper } from "../session/keeper.ts";
import { createMemorySessionStore } from "../session/memory-store.ts";
import { type SessionPolicy, secretTexts, sessionPolicy } from "../session/policy.ts";
import { createRedisSessionStore } from "../session/redis-store.ts";
import type { SessionValues } from "../session/session.ts";
import type { InnerStore } from "../session/store.ts";
import { isClusterWorker } from "./cluster.ts";
import type { Runtime } from "./runtime.ts";

/** What an adapter's library keeps sessions with. */
export interface Sessions {
	readonly policy: SessionPolicy;
	readonly keeper: Keeper;
	/** Asks for the session of a request before its turn; absent where that would not save anything. */
	readonly askEarly?: (exchange: Exchange) => void;
	/** Says a thing once a process. */
	readonly notice: (...notice: Notice) => void;
}

/** The sessions of an app; nothing while the room is off. */
export function openSessions(config: Config, runtime: Runtime): Sessions | undefined {
	const values = config.rooms.session as unknown as SessionValues | false;
	if (values === false) return undefined;
	const policy = sessionPolicy(values, secretsOf(values.secret));
	const inner = openInnerStore(values, config, runtime);
	return {
		policy,
		keeper: createKeeper(policy, inner, runtime.log),
		...earlyOf(policy, inner),
		notice: runtime.surroundings.notice,
	};
}

/** Nobody is asked for an id that none of the secrets has signed. */
function earlyOf(policy: SessionPolicy, inner: InnerStore): Pick<Sessions, "askEarly"> {
	if (inner.begin === undefined) return {};
	return {
		askEarly(exchange) {
			const visit = expectVisit(exchange, policy);
			if (visit !== undefined) visit.begun = inner.begin!(visit.askedId!);
		},
	};
}

/** Where sessions lie: the program's store, Redis, or the memory of this process. */
export function openInnerStore(
	{ store, allowMemoryStore }: Pick<SessionValues, "store" | "allowMemoryStore">,
	{ mode, rooms }: Config,
	runtime: Runtime,
): InnerStore {
	if (store !== undefined) return store as unknown as InnerStore;
	const redis = runtime.surroundings.redis();
	if (redis !== undefined) return createRedisSessionStore(redis);
	if (mode === "production") {
		if (allowMemoryStore === undefined && isClusterWorker()) {
			throw configError([memoryRefused("each worker of the cluster has its own")]);
		}
		if (rooms.logging !== false)
			runtime.announce("sessions are kept in memory, by this process alone, and end with it");
	}
	return createMemorySessionStore();
}

let own: string | undefined;

/** What the code and the environment give, or a secret that is as old as this process. */
export function secretsOf(secret: SessionValues["secret"]): readonly string[] {
	const texts = secretTexts(secret);
	if (texts.length > 0) return texts;
	own ??= randomBytes(32).toString("base64");
	return [own];
}
