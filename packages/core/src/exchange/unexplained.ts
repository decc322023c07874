import type { Notice } from "./room.ts";

/** What looks like a proxy that nobody named, in the same words from whichever room sees it first: they are said once. */
export const FORWARDED_UNEXPLAINED: Notice = [
	"FORWARDED_UNEXPLAINED",
	"requests come with X-Forwarded-For, or say that they came by https, and nobody said whether there is a proxy: behind one " +
		"all users look like one, so the rate limit counts and refuses nobody; and nobody is taken to come by https, so there " +
		"is no HSTS, no Secure cookie and no redirect",
	"TRUST_PROXY=1 (the number of proxies in front), or TRUST_PROXY=none if there is none",
];
