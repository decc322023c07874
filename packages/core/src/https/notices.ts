import type { Notice } from "../exchange/room.ts";
import type { SchemeDoubt } from "../exchange/scheme-doubt.ts";
import { FORWARDED_UNEXPLAINED } from "../exchange/unexplained.ts";

type Notices<Doubt extends SchemeDoubt> = Readonly<Record<Doubt, Notice>>;

/** Whoever is not redirected, because it would go round for ever. */
export const LEFT_ALONE: Notices<"unexplained" | "unnamable"> = {
	unexplained: FORWARDED_UNEXPLAINED,
	unnamable: [
		"FORWARDED_UNEXPLAINED",
		"requests say X-Forwarded-Proto: https on a socket without an address (a unix socket), where no proxy can be named: " +
			"they are neither redirected nor taken for secure",
		"let the proxy come by 127.0.0.1, and TRUST_PROXY=loopback",
	],
};

/** Whoever is redirected as was said, and what it leads to if something else is so. */
export const SENT_ON: Notices<"untold" | "unbelieved"> = {
	untold: [
		"HTTPS_LOOP",
		"requests come with X-Forwarded-For and without X-Forwarded-Proto, and are sent to https: if that proxy takes https, " +
			"its clients go round for ever",
		"let the proxy say how the client came (nginx: proxy_set_header X-Forwarded-Proto $scheme)",
	],
	unbelieved: [
		"HTTPS_LOOP",
		"requests from a private address say X-Forwarded-Proto: https and are sent to https all the same, because their " +
			"peer is none of the proxies named: if it is one, its clients go round for ever",
		"TRUST_PROXY=1 (the number of proxies in front), or its address: TRUST_PROXY=10.0.0.0/8",
	],
};
