import { type Parser, refuse } from "./parsed.ts";

export interface UrlRules {
	/** Allowed protocols, `redis` or `redis:`. Any when left out. */
	readonly protocols?: readonly string[];
	/** Only protocol, host and port: no user, query or fragment. */
	readonly bare?: boolean;
}

/**
 * A URL with protocol and host, given back as it was typed. `new URL` alone takes `localhost:3000`
 * for a URL with the protocol `localhost:`.
 */
export function parseUrl(rules: UrlRules = {}): Parser<string> {
	const protocols = protocolNames(rules.protocols);
	const example = `${protocols?.[0] ?? "https"}://host`;
	return (text) => {
		if (hasImpossiblePort(text)) {
			return refuse("is a URL with a port above 65535", "type a port from 1 to 65535, or none");
		}
		if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#]\S*$/i.test(text) || !URL.canParse(text)) {
			return refuse("is not a URL with protocol and host", `type it like ${example}`);
		}
		const url = new URL(text);
		if (protocols !== undefined && !protocols.includes(url.protocol.slice(0, -1))) {
			return refuse("is a URL of another protocol", `start it with ${protocols.join(":// or ")}://`);
		}
		if (rules.bare && (url.username || url.password || url.search || url.hash)) {
			return refuse("has a user, a query or a fragment", `type protocol and host only, like ${example}`);
		}
		return { value: text };
	};
}

/** The one thing that `new URL` refuses in what looks like a URL in every other way. */
export function hasImpossiblePort(text: string): boolean {
	const [, port] =
		/^[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?(?:\[[^\]]*\]|[^/?#:@]*):(\d{5,})(?:[/?#]|$)/i.exec(text) ?? [];
	return Number(port) > 65_535;
}

/** `redis:` and `redis://` as `redis`. */
export function protocolNames(protocols: readonly string[] | undefined): string[] | undefined {
	return protocols?.map((protocol) => protocol.replace(/:(?:\/\/)?$/, "").toLowerCase());
}

/**
 * The text with what may be secret in its URLs hidden: user and password, and parameters named like secrets.
 * Cuts up to the last `@`, since a password with an unescaped `/` or `#` ends up in path or fragment.
 */
export function maskUrl(text: string): string {
	return text
		.replace(/([a-z][a-z\d+.-]*:\/\/)\S*@/gi, "$1[secret]@")
		.replace(/([?&;][^=&\s]*(?:pass|pwd|secret|token|key|auth|sig)[^=&\s]*=)[^&\s]+/gi, "$1[secret]");
}
