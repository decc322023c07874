import { STRONG_SECRET_HINT, weakFaults } from "../env/weakness.ts";
import type { Fault } from "../errors.ts";
import { secretTexts } from "../session/policy.ts";
import type { SessionValues } from "../session/session.ts";
import type { Surrounding } from "./layers.ts";
import type { PlatformName } from "./platforms.ts";

/** Platforms and proxies that mostly mean one instance; the others are there for several. */
const ONE_INSTANCE: readonly PlatformName[] = [
	"plain",
	"docker",
	"systemd",
	"pm2",
	"nginx",
	"caddy",
	"haproxy",
	"traefik",
	"envoy",
	"cloudflare",
	"cloudfront",
	"azure-front-door",
];

interface Judged {
	readonly faults: readonly Fault[];
	readonly notices: readonly Fault[];
}

/** What a session room cannot do without in production, and what would make it worthless there. */
export function judgeSession(
	values: Readonly<Record<string, unknown>> | false | undefined,
	isSecretOfCode: boolean,
	{ mode, platforms }: Pick<Surrounding, "mode" | "platforms">,
	hasSharedStore: boolean,
): Judged {
	if (!values) return { faults: [], notices: [] };
	const session = values as unknown as SessionValues;
	const texts = secretTexts(session.secret);
	// What the environment holds was judged when it was read.
	const weak = isSecretOfCode ? weakFaults("session.secret", texts) : [];
	if (mode === "production") {
		return {
			faults: [...missing(texts), ...weak, ...(hasSharedStore ? [] : forgetful(session, platforms))],
			notices: [],
		};
	}
	return { faults: [], notices: [...weak, ...(mode === "development" ? made(texts) : [])] };
}

function missing(texts: readonly string[]): Fault[] {
	if (texts.length > 0) return [];
	return [
		{
			code: "ENV_MISSING",
			at: "SESSION_SECRET",
			problem: "is not set, and signs the cookies of sessions",
			hint: `${STRONG_SECRET_HINT}; or session: false, if there are none`,
		},
	];
}

function made(texts: readonly string[]): Fault[] {
	if (texts.length > 0) return [];
	return [
		{
			code: "SESSION_SECRET_MADE",
			at: "SESSION_SECRET",
			problem: "is not set, so this process has made one for itself: its sessions end with it",
			hint: STRONG_SECRET_HINT,
		},
	];
}

/** In memory, an instance knows its own sessions only: the next request logs the user out. */
function forgetful({ store, allowMemoryStore }: SessionValues, platforms: readonly PlatformName[]): Fault[] {
	const several = platforms.filter((platform) => !ONE_INSTANCE.includes(platform));
	if (store !== undefined || allowMemoryStore !== undefined || several.length === 0) return [];
	return [memoryRefused(`${several.join(", ")} runs several instances`)];
}

export function memoryRefused(why: string): Fault {
	return {
		code: "MEMORY_STORE",
		at: "session.store",
		problem: `is the memory of one process, and ${why}: what one knows, the next one does not`,
		hint: 'REDIS_URL=redis://..., or session: { store: ... }, or session: { allowMemoryStore: "the reason" }',
	};
}
