import { deepFreeze } from "../freeze.ts";
import { NONCE } from "../headers/content-security-policy.ts";

export type PresetName = "api" | "web" | "internal";

/** What a preset says differently from the rooms' own defaults; `false` turns a room off until it is asked for. */
export type Preset = Readonly<Record<string, Readonly<Record<string, unknown>> | false>>;

/** What an app has only where somebody says with what. */
const ASKED_FOR: Preset = { hosts: false, https: false, cors: false };

export const PRESETS: Readonly<Record<PresetName, Preset>> = deepFreeze({
	/** Answers data to programs: the rooms' own defaults. */
	api: { ...ASKED_FOR, csrf: false, session: false },
	/** Answers pages to browsers. */
	web: {
		...ASKED_FOR,
		headers: {
			// Forms sent under `no-referrer` say `Origin: null`, also to their own site (Fetch standard).
			referrerPolicy: { policy: "same-origin" },
			contentSecurityPolicy: {
				useDefaults: false,
				directives: {
					"default-src": ["'self'"],
					"base-uri": ["'self'"],
					"font-src": ["'self'"],
					"form-action": ["'self'"],
					"frame-ancestors": ["'none'"],
					"img-src": ["'self'", "data:"],
					"object-src": ["'none'"],
					"script-src": ["'self'", NONCE],
					"script-src-attr": ["'none'"],
					"style-src": ["'self'", NONCE],
					"upgrade-insecure-requests": [],
				},
			},
		},
		// A page is many requests.
		rateLimit: { limit: 600 },
	},
	/** Answers other services of the same house, which are not strangers. */
	internal: { ...ASKED_FOR, rateLimit: false, csrf: false, compression: false, session: false },
});
