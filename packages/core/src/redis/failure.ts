/** What to look at, where the word alone does not say it. */
export const HINTS: Readonly<Record<string, string>> = {
	NOAUTH: "REDIS_PASSWORD, or the URL in REDIS_URL, has to name it",
	WRONGPASS: "look at the password and the user in REDIS_URL and REDIS_PASSWORD",
	NOPERM: "allow the user +@read +@write +@scripting and the keys of the prefix (ACL SETUSER)",
	OOM: "give Redis more memory, and a policy that evicts keys with a time to live (maxmemory-policy volatile-lru)",
	READONLY: "REDIS_URL names a replica: name the master, or the sentinels",
	ENOTFOUND: "no such host: look at the name in REDIS_URL, and at where this process asks for names",
	ECONNREFUSED: "nothing listens there: look at the host and the port in REDIS_URL",
	ETIMEDOUT:
		"no connection in time: look at the host, the port and what filters between; rediss:// and REDIS_TLS take a Redis " +
		"that speaks TLS, any other is silent",
	MOVED: 'the URL names a node of a cluster: redis: { topology: "cluster" }',
};

/** Codes that Redis begins its errors with, such as `OOM` or `READONLY`. */
const REPLY_CODE = /^[A-Z]{2,}/;

/**
 * What went wrong, in one word that may be logged: the text of an error may hold a key or an address. `isReply` says
 * that Redis is there and refuses.
 */
export function describeFailure(
	error: unknown,
	lastConnectError?: unknown,
): { reason: string; isReply: boolean } {
	const { name, message, code } = (error ?? {}) as { name?: string; message?: string; code?: string };
	if (name === "ReplyError") return { reason: REPLY_CODE.exec(message ?? "")?.[0] ?? "ERR", isReply: true };
	const of = code ?? (lastConnectError as { code?: string } | undefined)?.code;
	if (typeof of === "string") return { reason: of, isReply: false };
	const reply = (lastConnectError as { message?: string } | undefined)?.message ?? "";
	return { reason: REPLY_CODE.exec(reply)?.[0] ?? "closed", isReply: false };
}
