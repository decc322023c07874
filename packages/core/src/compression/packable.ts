const COMPRESSIBLE =
	/^text\/|[/+](?:json|xml|text|javascript)(?:;|$)|^image\/svg|^application\/(?:wasm|manifest)/i;

const NO_TRANSFORM = /no-transform/i;

const PARTIAL_CONTENT = 206;
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Whether an answer may be packed at all. An event stream that is packed is held back until a block is full, so its events
 * arrive late or never. A part of a file counts in bytes that are not packed. `no-transform` is the sender's word that
 * nobody may touch the bytes (RFC 9111, 5.2.2.6).
 */
export function allows(status: number, header: (name: string) => unknown): boolean {
	const type = String(header("content-type") ?? "").toLowerCase();
	if (!COMPRESSIBLE.test(type) || type.startsWith("text/event-stream")) return false;
	if (status === PARTIAL_CONTENT || WITHOUT_BODY.has(status)) return false;
	return header("content-range") === undefined && !NO_TRANSFORM.test(String(header("cache-control")));
}

/**
 * A strong tag promises the same bytes to everybody, and packed ones are others: with it, a download that is resumed would
 * be put together of both (RFC 9110, 8.8.3.3). A weak one promises the same content.
 */
export function packedTag(etag: unknown): string | undefined {
	return typeof etag === "string" && etag.startsWith('"') ? `W/${etag}` : undefined;
}

/** `Vary` for an answer that may be packed for one client and not for the next. */
export function varied(vary: unknown): string {
	const said = vary === undefined ? "" : String(vary);
	if (said === "") return "Accept-Encoding";
	return said === "*" || /(?:^|,)\s*accept-encoding\s*(?:,|$)/i.test(said)
		? said
		: `${said}, Accept-Encoding`;
}
