import type { Options } from "../config/options.ts";
import { resolveOptions } from "../config/resolve.ts";
import { configError } from "../errors.ts";
import { compilePipeline, type Pipeline } from "../pipeline/pipeline.ts";
import { PROXY, type ProxyPolicy } from "../proxy/proxy.ts";
import { createKeeper } from "../session/keeper.ts";
import { judgedOptions, partFaults, partPolicy, type SessionPartOptions } from "../session/part.ts";
import { sessionPolicy } from "../session/policy.ts";
import type { SessionValues } from "../session/session.ts";
import { currentRuntime } from "./current.ts";
import { proxyPolicy } from "./rooms.ts";
import { openInnerStore, type Sessions, secretsOf } from "./sessions.ts";

/** Sessions alone, and what they cannot do without for a request that came through nothing else of ours. */
export interface SessionPart extends Sessions {
	readonly pipeline: Pipeline;
	readonly proxy: ProxyPolicy;
}

/** Opens sessions with the options of express-session. Throws one error with all faults. */
export function openSessionPart(options: SessionPartOptions = {}): SessionPart {
	const faults = partFaults(options);
	if (faults.length > 0) throw configError(faults);
	const runtime = currentRuntime();
	const preset = runtime.config()?.preset;
	const config = resolveOptions({ preset, session: judgedOptions(options) } as Options);
	for (const { code, at, problem, hint } of config.notices) {
		if (at.startsWith("session") || at === "SESSION_SECRET")
			runtime.surroundings.notice(code, `${at} ${problem}`, hint);
	}
	const values = config.rooms.session as unknown as SessionValues;
	const policy = partPolicy(sessionPolicy(values, secretsOf(values.secret)), options);
	const proxy = proxyPolicy(config);
	return {
		policy,
		keeper: createKeeper(policy, openInnerStore(values, config, runtime), runtime.log),
		notice: runtime.surroundings.notice,
		proxy,
		pipeline: compilePipeline([{ key: PROXY.key, open: PROXY.create(proxy, runtime.surroundings, "part") }]),
	};
}
