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
